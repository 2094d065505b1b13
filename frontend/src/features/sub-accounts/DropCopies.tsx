import { type DropCopies as Copies, getDropCopies, type SubAccount } from "../../api/accounts";
import { say } from "../../i18n/sub-accounts";
import { formatDay } from "../../lib/format";
import { msFromNs } from "../../lib/whole-units";
import { accountName } from "../../state/acting-account";
import { useLoaded } from "../../state/loaded";
import { type Column, DataTable } from "../../ui/DataTable";
import { LoadFailure } from "../../ui/LoadFailure";

type Received = Copies["received"][number];
type Granted = Copies["granted"][number];

/** Who sees whose fills: what the login's keys see of others, and others of its accounts. */
export function DropCopies({ accounts }: { accounts: readonly SubAccount[] }) {
  const { value, refusal, reload } = useLoaded(getDropCopies);
  return (
    <section>
      <h3>{say("copies")}</h3>
      <p className="section-why">{say("copiesWhy")}</p>
      <LoadFailure refusal={refusal} retry={say("retry")} onRetry={reload} />
      {value !== null && (
        <>
          <DataTable
            caption={say("received")}
            columns={receivedColumns(accounts)}
            rows={value.received}
            rowKey={({ api_key, account_id }) => `${api_key} ${account_id}`}
            empty={say("noneReceived")}
          />
          <DataTable
            caption={say("granted")}
            columns={grantedColumns(accounts)}
            rows={value.granted}
            rowKey={({ account_id, granted_ts_ns }) => `${account_id} ${granted_ts_ns}`}
            empty={say("noneGranted")}
          />
        </>
      )}
    </section>
  );
}

function receivedColumns(accounts: readonly SubAccount[]): Column<Received>[] {
  return [
    {
      key: "label",
      label: say("received"),
      render: ({ label, api_key }) => (
        <span className="key-label" title={api_key}>
          {label}
        </span>
      ),
    },
    {
      key: "account",
      label: say("account"),
      render: (one) => <span className="num">{accountName(accounts, one.account_id)}</span>,
    },
    { key: "since", label: say("since"), render: sinceText },
  ];
}

function grantedColumns(accounts: readonly SubAccount[]): Column<Granted>[] {
  return [
    {
      key: "account",
      label: say("granted"),
      render: (one) => accountName(accounts, one.account_id),
    },
    { key: "since", label: say("since"), render: sinceText },
  ];
}

function sinceText({ granted_ts_ns }: { granted_ts_ns: string }) {
  return <span className="num">{formatDay(msFromNs(granted_ts_ns))}</span>;
}
