import { t } from "../../i18n/translate";
import { logOut, useSession } from "../../state/session";
import type { AuthMode } from "./AuthDialog";

/** Who is logged in, or the two ways in. */
export function AccountMenu({ onAuth }: { onAuth: (mode: AuthMode) => void }) {
  const { status, user } = useSession();
  if (status === "restoring") return <div className="account" />;
  if (user === null) {
    return (
      <div className="account">
        <button type="button" className="quiet" onClick={() => onAuth("log-in")}>
          {t("auth.logIn")}
        </button>
        <button type="button" className="primary" onClick={() => onAuth("sign-up")}>
          {t("auth.signUp")}
        </button>
      </div>
    );
  }
  return (
    <div className="account">
      <span className="account-email" title={user.email}>
        {user.email}
      </span>
      <button type="button" className="quiet" onClick={() => void logOut()}>
        {t("auth.logOut")}
      </button>
    </div>
  );
}
