import { useState } from "react";
import { type Deposit, getHistory } from "../../api/account-history";
import { getWalletTerms } from "../../api/wallet";
import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { useAccountNumber } from "../../state/acting-account";
import { addDemoFunds } from "../../state/balances";
import { errorText } from "../../state/errors";
import { useLoaded } from "../../state/loaded";
import { type Column, DataTable } from "../../ui/DataTable";
import { type Pages, useCursorPages } from "../../ui/pages";
import { ListEnd } from "../../ui/RecordTools";
import { Stamp } from "../../ui/Stamp";
import { Amount } from "./Amount";

/** How money comes in here, and what has come. */
export function DepositPanel() {
  const { value: terms, refusal } = useLoaded(getWalletTerms);
  const account = useAccountNumber();
  const pages = useCursorPages("deposits", (cursor) => getHistory("deposits", {}, cursor));

  async function give(asset: string): Promise<void> {
    await addDemoFunds(asset);
    pages.reload();
  }

  return (
    <>
      {refusal !== null && <p className="problem">{refusal}</p>}
      {terms !== null && (
        <section className="wallet-part" aria-label={say("deposit")}>
          {terms.has_faucet && <p>{say("faucetHow")}</p>}
          <p className="hint">
            {say(terms.rail === "manual" ? "depositManual" : "depositChain", {
              account,
            })}
          </p>
          {terms.has_faucet && (
            <div className="wallet-buttons">
              {terms.assets.map(({ asset }) => (
                <GiveButton key={asset} asset={asset} give={give} />
              ))}
            </div>
          )}
        </section>
      )}
      <DepositsList pages={pages} />
    </>
  );
}

function GiveButton({ asset, give }: { asset: string; give: (asset: string) => Promise<void> }) {
  const [working, setWorking] = useState(false);
  return (
    <button
      type="button"
      className="quiet"
      disabled={working}
      onClick={async () => {
        setWorking(true);
        await give(asset);
        setWorking(false);
      }}
    >
      {say("faucetAdd", { asset })}
    </button>
  );
}

function DepositsList({ pages }: { pages: Pages<Deposit> }) {
  const columns: Column<Deposit>[] = [
    { key: "time", label: t("column.time"), render: (deposit) => <Stamp tsNs={deposit.ts_ns} /> },
    {
      key: "source",
      label: say("source"),
      render: (deposit) => say(`source_${deposit.source}`),
    },
    { key: "asset", label: say("asset"), render: (deposit) => deposit.asset },
    {
      key: "amount",
      label: say("amount"),
      numeric: true,
      render: (deposit) => <Amount text={deposit.amount} asset={deposit.asset} />,
    },
    {
      key: "reference",
      label: say("reference"),
      from: 3,
      render: (deposit) => deposit.reference || "–",
    },
  ];
  return (
    <section aria-labelledby="deposits">
      <h3 id="deposits">{say("deposits")}</h3>
      <DataTable
        caption={say("deposits")}
        columns={columns}
        rows={pages.rows}
        rowKey={(deposit) => deposit.seq}
        empty={pages.isLoading ? t("page.loading") : pages.error === null ? say("noDeposits") : ""}
      />
      <ListEnd pages={pages} error={pages.error === null ? null : errorText(pages.error)} />
    </section>
  );
}
