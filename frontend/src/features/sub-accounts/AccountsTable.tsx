import { useState } from "react";
import { closeAccount, type SubAccount } from "../../api/accounts";
import { say } from "../../i18n/sub-accounts";
import { formatDay } from "../../lib/format";
import { msFromNs } from "../../lib/whole-units";
import { actFor, loadAccounts, useActingAccount } from "../../state/acting-account";
import { showToast } from "../../state/toasts";
import { type Column, DataTable } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { useSending } from "../../ui/sending";
import { NameDialog } from "./NameDialog";
import { refusalText } from "./refusals";

interface Props {
  accounts: readonly SubAccount[];
  userId: number;
}

type Open = { name: "rename" | "close"; account: SubAccount } | null;

/** Every account of the login, and what can be done with it. */
export function AccountsTable({ accounts, userId }: Props) {
  const accountId = useActingAccount((state) => state.accountId);
  const [open, setOpen] = useState<Open>(null);
  const isActing = (account: SubAccount) =>
    accountId === null ? account.is_main : account.account_id === accountId;
  const columns: Column<SubAccount>[] = [
    {
      key: "name",
      label: say("name"),
      render: (account) => (
        <>
          <span className="key-label">{account.name}</span>
          {isActing(account) && <span className="pair">{say("acting")}</span>}
          <span className="narrow num">
            {account.account_id} · {say(account.status)}
          </span>
        </>
      ),
    },
    {
      key: "number",
      label: say("number"),
      from: 2,
      render: ({ account_id }) => <span className="num">{account_id}</span>,
    },
    {
      key: "status",
      label: say("status"),
      from: 2,
      render: ({ status, is_main }) => say(is_main ? "main" : status),
    },
    {
      key: "since",
      label: say("since"),
      from: 3,
      render: ({ created_ts_ns }) => (
        <span className="num">{formatDay(msFromNs(created_ts_ns))}</span>
      ),
    },
    {
      key: "actions",
      label: say("actions"),
      unlabelled: true,
      numeric: true,
      render: (account) => (
        <Acts
          account={account}
          isActing={isActing(account)}
          onActFor={() =>
            actFor(account.is_main ? null : { userId, accountId: account.account_id })
          }
          onOpen={(name) => setOpen({ name, account })}
        />
      ),
    },
  ];
  return (
    <>
      <DataTable
        caption={say("accounts")}
        columns={columns}
        rows={accounts}
        rowKey={({ account_id }) => account_id}
        empty={say("none")}
      />
      {open?.name === "rename" && (
        <NameDialog account={open.account} onClose={() => setOpen(null)} />
      )}
      {open?.name === "close" && (
        <Closing
          account={open.account}
          isActing={isActing(open.account)}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}

interface ActsProps {
  account: SubAccount;
  isActing: boolean;
  onActFor: () => void;
  onOpen: (name: "rename" | "close") => void;
}

function Acts({ account, isActing, onActFor, onOpen }: ActsProps) {
  const { name } = account;
  if (account.status === "closed") return null;
  return (
    <span className="row-actions">
      {!isActing && (
        <button
          type="button"
          className="row-button"
          aria-label={say("actForOf", { name })}
          onClick={onActFor}
        >
          {say("actFor")}
        </button>
      )}
      {!account.is_main && (
        <>
          <button
            type="button"
            className="row-button"
            aria-label={say("renameOf", { name })}
            onClick={() => onOpen("rename")}
          >
            {say("rename")}
          </button>
          <button
            type="button"
            className="row-button"
            aria-label={say("closeOf", { name })}
            onClick={() => onOpen("close")}
          >
            {say("closeIt")}
          </button>
        </>
      )}
    </span>
  );
}

interface ClosingProps {
  account: SubAccount;
  isActing: boolean;
  onClose: () => void;
}

function Closing({ account, isActing, onClose }: ClosingProps) {
  const { name, account_id } = account;
  const sending = useSending(refusalText);

  async function closeForEver(): Promise<void> {
    if (!(await sending.send(() => closeAccount(account_id)))) return;
    showToast("plain", say("closedNow", { name }));
    // Nothing is left to do for it: the page goes on for the main account.
    if (isActing) actFor(null);
    await loadAccounts();
    onClose();
  }

  return (
    <Dialog title={say("closeOf", { name })} closeLabel={say("close")} onClose={onClose}>
      <p>{say("closeWarns")}</p>
      <p className="refusal" role="alert">
        {sending.refusal}
      </p>
      <div className="section-buttons">
        <button
          type="button"
          className="primary"
          disabled={sending.working}
          onClick={() => void closeForEver()}
        >
          {say("closeIt")}
        </button>
        <button type="button" className="quiet" onClick={onClose}>
          {say("keep")}
        </button>
      </div>
    </Dialog>
  );
}
