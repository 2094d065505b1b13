import { lazy, Suspense, useEffect, useState } from "react";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { AccountMenu } from "./features/auth/AccountMenu";
import type { AuthMode } from "./features/auth/auth-mode";
import { ConnectionBadge } from "./features/connection/ConnectionBadge";
import { Notices } from "./features/notices/Notices";
import { TourGate } from "./features/onboarding/TourGate";
import { SettingsButton, ThemeButton } from "./features/settings/buttons";
import { t } from "./i18n/translate";
import { PageNav } from "./pages/PageNav";
import { AUTH_PATHS, PATHS } from "./pages/paths";
import { useAsked } from "./state/confirm";
import { goLive } from "./state/exchange";
import { useLocale } from "./state/locale";
import { setPreferences } from "./state/preferences";
import { useSecondFactor } from "./state/second-factor";
import { useTheme } from "./state/theme";
import { startTour } from "./state/tour";
import { useShortcuts } from "./ui/shortcuts";

/** Apart from the rest, so that a login need not wait for it; on its way at once where it is asked for. */
const loadTrade = () => import("./pages/TradePage");
if (/^\/(trade|$)/.test(location.pathname)) void loadTrade();

const AccountPage = lazy(() => import("./pages/AccountPage"));
const AdminPage = lazy(() => import("./pages/AdminPage"));
const AuthDialog = lazy(() => import("./features/auth/AuthDialog"));
const AuthPage = lazy(() => import("./pages/AuthPage"));
const BotsPage = lazy(() => import("./pages/BotsPage"));
const Confirm = lazy(() => import("./features/confirm/Confirm"));
const MarketsPage = lazy(() => import("./pages/MarketsPage"));
const OrdersPage = lazy(() => import("./pages/OrdersPage"));
const WalletPage = lazy(() => import("./pages/WalletPage"));
const NotFoundPage = lazy(() => import("./pages/NotFoundPage"));
const Palette = lazy(() => import("./pages/Palette"));
const SecondFactorPrompt = lazy(() => import("./features/auth/SecondFactorPrompt"));
const Settings = lazy(() => import("./features/settings/Settings"));
const TradePage = lazy(loadTrade);

const WAYS_IN = Object.keys(AUTH_PATHS) as (keyof typeof AUTH_PATHS)[];

/** What stands around every page. */
export function App() {
  const locale = useLocale();
  const [auth, setAuth] = useState<AuthMode | null>(null);
  const [open, setOpen] = useState<"settings" | "palette" | null>(null);
  const [location, navigate] = useLocation();
  const isWayIn = WAYS_IN.some((mode) => AUTH_PATHS[mode] === location);
  useEffect(() => {
    if (!isWayIn) goLive();
  }, [isWayIn]);
  const asked = useAsked((state) => state.asked);
  const theme = useTheme();
  const isCodeAsked = useSecondFactor((state) => state.asked !== null);
  const close = () => setOpen(null);
  const showAround = () => {
    close();
    navigate(PATHS.trade);
    startTour();
  };
  const switchTheme = () => setPreferences({ theme: theme === "night" ? "day" : "night" });
  // What is typed while a dialog is on its way is meant for it, not for the page.
  useShortcuts(
    open !== null
      ? {}
      : {
          t: switchTheme,
          z: () => void import("./state/undo").then(({ undoLast }) => undoLast()),
          "ctrl+k": () => setOpen("palette"),
          "?": () => setOpen("settings"),
        },
  );

  return (
    <div className="app" key={locale}>
      <header className="top">
        <h1 className="wordmark">
          <Link to="/">{t("app.title")}</Link>
        </h1>
        <PageNav />
        {isWayIn ? <span className="connection" /> : <ConnectionBadge />}
        <div className="top-buttons">
          <ThemeButton />
          <SettingsButton onOpen={() => setOpen("settings")} />
          <AccountMenu onAuth={setAuth} accountPath={PATHS.account} />
        </div>
      </header>
      {location.startsWith(PATHS.trade) && <TourGate />}
      <Suspense fallback={<main className="empty">{t("page.loading")}</main>}>
        <Pages onLogIn={() => setAuth("log-in")} onVerify={() => setAuth("verify")} />
      </Suspense>
      <Suspense fallback={null}>
        {auth !== null && <AuthDialog mode={auth} onMode={setAuth} onClose={() => setAuth(null)} />}
        {open === "settings" && <Settings onClose={close} onTour={showAround} />}
        {isCodeAsked && <SecondFactorPrompt />}
        {asked !== null && <Confirm asked={asked} />}
        {open === "palette" && <Palette onClose={close} onSwitchTheme={switchTheme} />}
      </Suspense>
      <Notices />
    </div>
  );
}

interface PagesProps {
  onLogIn: () => void;
  onVerify: () => void;
}

function Pages({ onLogIn, onVerify }: PagesProps) {
  return (
    <Switch>
      <Route path="/">
        <Redirect to={PATHS.trade} replace />
      </Route>
      <Route path={`${PATHS.trade}/:symbol?`}>
        <TradePage onLogIn={onLogIn} />
      </Route>
      <Route path={PATHS.markets} component={MarketsPage} />
      <Route path={`${PATHS.orders}/:view?`}>
        {({ view }) => <OrdersPage view={view} onLogIn={onLogIn} />}
      </Route>
      <Route path={`${PATHS.wallet}/:view?`}>
        {({ view }) => <WalletPage view={view} onLogIn={onLogIn} onVerify={onVerify} />}
      </Route>
      <Route path={PATHS.bots}>
        <BotsPage onLogIn={onLogIn} />
      </Route>
      <Route path={`${PATHS.account}/:section?`}>
        <AccountPage onLogIn={onLogIn} onVerify={onVerify} />
      </Route>
      {WAYS_IN.map((mode) => (
        <Route key={mode} path={AUTH_PATHS[mode]}>
          <AuthPage mode={mode} />
        </Route>
      ))}
      <Route path={`${PATHS.admin}/:section?/:of?`}>
        {({ section, of }) => <AdminPage section={section} of={of} onLogIn={onLogIn} />}
      </Route>
      <Route component={NotFoundPage} />
    </Switch>
  );
}
