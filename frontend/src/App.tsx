import { lazy, Suspense, useState } from "react";
import { BrowserRouter, Link, Navigate, Route, Routes } from "react-router";
import { AccountMenu } from "./features/auth/AccountMenu";
import type { AuthMode } from "./features/auth/AuthDialog";
import { ConnectionBadge } from "./features/connection/ConnectionBadge";
import { Notices } from "./features/notices/Notices";
import { SettingsButton, ThemeButton } from "./features/settings/buttons";
import { t } from "./i18n/translate";
import { PageNav } from "./pages/PageNav";
import { PATHS } from "./pages/paths";
import { TradePage } from "./pages/TradePage";
import { useLocale } from "./state/locale";
import { setPreferences } from "./state/preferences";
import { useTheme } from "./state/theme";
import { useShortcuts } from "./ui/shortcuts";

const AuthDialog = lazy(() => import("./features/auth/AuthDialog"));
const MarketsPage = lazy(() => import("./pages/MarketsPage"));
const NotFoundPage = lazy(() => import("./pages/NotFoundPage"));
const Palette = lazy(() => import("./pages/Palette"));
const Settings = lazy(() => import("./features/settings/Settings"));

export function App() {
  return (
    <BrowserRouter>
      <Shell />
    </BrowserRouter>
  );
}

/** What stands around every page. */
function Shell() {
  const locale = useLocale();
  const [auth, setAuth] = useState<AuthMode | null>(null);
  const [open, setOpen] = useState<"settings" | "palette" | null>(null);
  const theme = useTheme();
  const close = () => setOpen(null);
  const switchTheme = () => setPreferences({ theme: theme === "night" ? "day" : "night" });
  useShortcuts({
    t: switchTheme,
    "ctrl+k": () => setOpen("palette"),
    "?": () => setOpen("settings"),
  });

  return (
    <div className="app" key={locale}>
      <header className="top">
        <h1 className="wordmark">
          <Link to="/">{t("app.title")}</Link>
        </h1>
        <PageNav />
        <ConnectionBadge />
        <div className="top-buttons">
          <ThemeButton />
          <SettingsButton onOpen={() => setOpen("settings")} />
          <AccountMenu onAuth={setAuth} />
        </div>
      </header>
      <Suspense fallback={<main className="empty">{t("page.loading")}</main>}>
        <Pages onLogIn={() => setAuth("log-in")} />
      </Suspense>
      <Suspense fallback={null}>
        {auth !== null && <AuthDialog mode={auth} onMode={setAuth} onClose={() => setAuth(null)} />}
        {open === "settings" && <Settings onClose={close} />}
        {open === "palette" && <Palette onClose={close} onSwitchTheme={switchTheme} />}
      </Suspense>
      <Notices />
    </div>
  );
}

function Pages({ onLogIn }: { onLogIn: () => void }) {
  return (
    <Routes>
      <Route path="/" element={<Navigate to={PATHS.trade} replace />} />
      <Route path={`${PATHS.trade}/:symbol?`} element={<TradePage onLogIn={onLogIn} />} />
      <Route path={PATHS.markets} element={<MarketsPage />} />
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}
