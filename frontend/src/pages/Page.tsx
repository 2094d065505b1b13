import { type ReactNode, useEffect } from "react";
import { t } from "../i18n/translate";
import { useSession } from "../state/session";

interface Props {
  title: string;
  /** Shown only to who is logged in; what this does opens the way in. */
  onLogIn?: () => void;
  children: ReactNode;
}

/** A page with a heading that scrolls as a whole, named in the window's title. */
export function Page({ title, onLogIn, children }: Props) {
  useEffect(() => {
    document.title = `${title} · ${t("app.title")}`;
  }, [title]);
  return (
    <main className="page">
      <h2>{title}</h2>
      {onLogIn === undefined ? children : <SignedIn onLogIn={onLogIn}>{children}</SignedIn>}
    </main>
  );
}

function SignedIn({ onLogIn, children }: { onLogIn: () => void; children: ReactNode }) {
  const status = useSession((session) => session.status);
  if (status === "restoring") return <p className="empty">{t("page.loading")}</p>;
  if (status === "signed-in") return children;
  return (
    <p className="empty">
      {t("page.logIn")}{" "}
      <button type="button" className="primary" onClick={onLogIn}>
        {t("auth.logIn")}
      </button>
    </p>
  );
}
