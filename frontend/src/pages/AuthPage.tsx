import { useEffect } from "react";
import { Redirect, useLocation, useSearch } from "wouter";
import { AuthForms, authTitle } from "../features/auth/AuthForms";
import type { AuthMode } from "../features/auth/auth-mode";
import { placeAfter } from "../features/auth/auth-terms";
import { t } from "../i18n/translate";
import { useSession } from "../state/session";
import { AUTH_PATHS, PATHS } from "./paths";

/** A way in at an address of its own, so that a link leads to it; `?next=` says where to go from there. */
export default function AuthPage({ mode }: { mode: keyof typeof AUTH_PATHS }) {
  const status = useSession((session) => session.status);
  const [, navigate] = useLocation();
  const search = useSearch();
  const next = placeAfter(search, PATHS.trade);
  const title = authTitle(mode);
  useEffect(() => {
    document.title = `${title} · ${t("app.title")}`;
  }, [title]);
  if (status === "signed-in") return <Redirect to={next} replace />;
  const open = (other: AuthMode) => {
    if (other !== "verify") navigate(AUTH_PATHS[other] + (search === "" ? "" : `?${search}`));
  };
  return (
    <main className="page auth-page">
      <h2>{title}</h2>
      <AuthForms key={mode} mode={mode} knownEmail={null} onMode={open} onDone={() => undefined} />
    </main>
  );
}
