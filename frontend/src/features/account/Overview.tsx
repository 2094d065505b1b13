import { Link } from "wouter";
import type { User } from "../../api/types";
import { say } from "../../i18n/account";
import { formatDay } from "../../lib/format";
import { msFromNs } from "../../lib/whole-units";
import { accountName, useActingAccount } from "../../state/acting-account";
import { logOut, useSession } from "../../state/session";

interface Props {
  onVerify: () => void;
  securityPath: string;
}

/** Who the user is to the exchange. */
export function Overview({ onVerify, securityPath }: Props) {
  const user = useSession((session) => session.user);
  if (user === null) return null;
  return (
    <>
      <dl className="facts">
        <EmailFact user={user} onVerify={onVerify} />
        <div>
          <dt>{say("secondFactor")}</dt>
          <dd>
            {user.second_factor ? say("on", { count: user.recovery_codes_left }) : say("off")}{" "}
            <Link to={securityPath}>{say(user.second_factor ? "change" : "setUp")}</Link>
          </dd>
        </div>
        <div>
          <dt>{say("actingFor")}</dt>
          <dd>
            <ActingFor />
          </dd>
        </div>
        <Fact name={say("mainAccount")} value={String(user.account_id)} />
        <Fact name={say("user")} value={String(user.user_id)} />
        <Fact name={say("role")} value={user.role} />
        <Fact name={say("since")} value={formatDay(msFromNs(user.created_ts_ns))} />
      </dl>
      <p>
        <button type="button" className="quiet" onClick={() => void logOut()}>
          {say("logOut")}
        </button>
      </p>
    </>
  );
}

function EmailFact({ user, onVerify }: { user: User; onVerify: () => void }) {
  return (
    <div>
      <dt>{say("email")}</dt>
      <dd>
        <span className="long-value">{user.email}</span>{" "}
        <span className={user.email_verified ? "hint" : "problem"}>
          {say(user.email_verified ? "verified" : "notVerified")}
        </span>{" "}
        {!user.email_verified && (
          <>
            <button type="button" className="link" onClick={onVerify}>
              {say("verify")}
            </button>
            <p className="hint">{say("whyVerify")}</p>
          </>
        )}
      </dd>
    </div>
  );
}

function ActingFor() {
  const { accountId, accounts } = useActingAccount();
  if (accountId === null) return say("actingMain");
  return say("actingSub", { name: accountName(accounts, accountId), number: accountId });
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num">{value}</dd>
    </div>
  );
}
