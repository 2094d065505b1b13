import { useState } from "react";
import { say } from "../../i18n/sub-accounts";
import { useActingAccount } from "../../state/acting-account";
import { useSession } from "../../state/session";
import { AccountsTable } from "./AccountsTable";
import { DropCopies } from "./DropCopies";
import { NameDialog } from "./NameDialog";
import { TransferForm } from "./TransferForm";

/** The accounts of the login: opened, named, closed, chosen; money between them; who else sees them. */
export function SubAccounts() {
  const accounts = useActingAccount((state) => state.accounts);
  const user = useSession((session) => session.user);
  const [opening, setOpening] = useState(false);
  if (user === null || accounts.length === 0) return <p className="empty">{say("loading")}</p>;
  return (
    <div className="sections-body">
      <section>
        <h3>{say("accounts")}</h3>
        <div className="page-tools">
          <button type="button" className="primary" onClick={() => setOpening(true)}>
            {say("new")}
          </button>
          <p className="hint">{say("why")}</p>
        </div>
        <AccountsTable accounts={accounts} userId={user.user_id} />
      </section>
      <section>
        <h3>{say("transfer")}</h3>
        <p className="section-why">{say("transferWhy")}</p>
        <TransferForm accounts={accounts.filter(({ status }) => status === "open")} />
      </section>
      <DropCopies accounts={accounts} />
      {opening && <NameDialog account={null} onClose={() => setOpening(false)} />}
    </div>
  );
}
