import { lazy, Suspense, useEffect, useState } from "react";
import { AccountMenu } from "./features/auth/AccountMenu";
import type { AuthMode } from "./features/auth/AuthDialog";
import { ConnectionBadge } from "./features/connection/ConnectionBadge";
import { MarketPicker } from "./features/markets/MarketPicker";
import { MarketStats } from "./features/markets/MarketStats";
import { Notices } from "./features/notices/Notices";
import { SettingsButton, ThemeButton } from "./features/settings/buttons";
import { StatusBanner } from "./features/status/StatusBanner";
import { t } from "./i18n/translate";
import { useLocale } from "./state/locale";
import { setPreferences } from "./state/preferences";
import { useTheme } from "./state/theme";
import { wishTicket } from "./state/ticket-intent";
import { TradeScreen } from "./TradeScreen";

const AuthDialog = lazy(() => import("./features/auth/AuthDialog"));
const Settings = lazy(() => import("./features/settings/Settings"));

export function App() {
  const locale = useLocale();
  const [auth, setAuth] = useState<AuthMode | null>(null);
  const [choosing, setChoosing] = useState(false);
  const [settings, setSettings] = useState(false);
  const theme = useTheme();
  useShortcuts({
    b: () => wishTicket({ side: "buy", focus: true }),
    s: () => wishTicket({ side: "sell", focus: true }),
    l: () => wishTicket({ kind: "limit", focus: true }),
    m: () => wishTicket({ kind: "market", focus: true }),
    o: () => wishTicket({ kind: "conditional", focus: true }),
    "/": () => setChoosing(true),
    t: () => setPreferences({ theme: theme === "night" ? "day" : "night" }),
    "?": () => setSettings(true),
  });

  return (
    <div className="app" key={locale}>
      <header className="top">
        <h1 className="wordmark">{t("app.title")}</h1>
        <MarketPicker open={choosing} onOpen={setChoosing} />
        <MarketStats />
        <ConnectionBadge />
        <div className="top-buttons">
          <ThemeButton />
          <SettingsButton onOpen={() => setSettings(true)} />
          <AccountMenu onAuth={setAuth} />
        </div>
      </header>
      <StatusBanner />
      <TradeScreen onLogIn={() => setAuth("log-in")} />
      <Suspense fallback={null}>
        {auth !== null && <AuthDialog mode={auth} onMode={setAuth} onClose={() => setAuth(null)} />}
        {settings && <Settings onClose={() => setSettings(false)} />}
      </Suspense>
      <Notices />
    </div>
  );
}

/** Single keys, while nothing is being typed and no dialog is open. */
function useShortcuts(actions: Record<string, () => void>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
      const action = actions[event.key.toLowerCase()];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  });
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return element?.matches("input:not([type=radio], [type=checkbox]), select, textarea") === true;
}
