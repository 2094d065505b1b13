import { Link } from "wouter";
import { t } from "../../i18n/translate";
import { logOut, useSession } from "../../state/session";
import { AccountChoice } from "./AccountChoice";
import type { AuthMode } from "./auth-mode";

interface Props {
  onAuth: (mode: AuthMode) => void;
  /** Where the user's own page is. */
  accountPath: string;
}

/** Who is logged in and which account is acted for, or the two ways in. */
export function AccountMenu({ onAuth, accountPath }: Props) {
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
      <AccountChoice userId={user.user_id} />
      <Link className="account-email" to={accountPath} title={user.email}>
        {user.email}
      </Link>
      <button type="button" className="quiet account-out" onClick={() => void logOut()}>
        {t("auth.logOut")}
      </button>
    </div>
  );
}
