import { useCallback, useEffect } from "react";
import { type AccountTransfer, getTransfers, type SubAccount } from "../../api/accounts";
import { say } from "../../i18n/sub-accounts";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { formatDateTime } from "../../lib/format";
import { msFromNs } from "../../lib/whole-units";
import { accountName } from "../../state/acting-account";
import { useLoaded } from "../../state/loaded";
import { assetScale } from "../../state/market";
import { type Column, DataTable } from "../../ui/DataTable";
import { LoadFailure } from "../../ui/LoadFailure";
import { Price } from "../../ui/Price";
import { aboutAccount } from "./transfer-draft";

const SHOWN = 10;

interface Props {
  accounts: readonly SubAccount[];
  accountId: number;
  /** Goes up when there is a new one. */
  sentCount: number;
}

/** What last moved between an account and others of the login. */
export function LatestTransfers({ accounts, accountId, sentCount }: Props) {
  const load = useCallback(
    async () => ({ accountId, ...(await getTransfers(accountId, SHOWN)) }),
    [accountId],
  );
  const { value: loaded, refusal, reload } = useLoaded(load);
  const value = aboutAccount(loaded, accountId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again for what may be new
  useEffect(() => {
    void reload();
  }, [reload, sentCount]);
  const name = accountName(accounts, accountId);
  const columns: Column<AccountTransfer>[] = [
    {
      key: "time",
      label: say("time"),
      render: ({ ts_ns }) => <span className="num">{formatDateTime(msFromNs(ts_ns))}</span>,
    },
    {
      key: "from",
      label: say("from"),
      render: (one) => accountName(accounts, one.from_account_id),
    },
    { key: "to", label: say("to"), render: (one) => accountName(accounts, one.to_account_id) },
    {
      key: "amount",
      label: say("amount"),
      numeric: true,
      render: ({ amount, asset }) => (
        <>
          <Price
            text={trimFixed(fixedFromServer(amount, assetScale(asset)), assetScale(asset), 2)}
          />{" "}
          {asset}
        </>
      ),
    },
  ];
  return (
    <div className="transfers">
      <h4>{say("transfersOf", { name })}</h4>
      <LoadFailure refusal={refusal} retry={say("retry")} onRetry={reload} />
      {value !== null && (
        <DataTable
          caption={say("transfers")}
          columns={columns}
          rows={value.transfers}
          rowKey={({ seq }) => seq}
          empty={say("noTransfers")}
        />
      )}
    </div>
  );
}
