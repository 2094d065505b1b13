import { type ReactNode, useEffect, useState } from "react";
import { type Deposit, getHistory } from "../../api/account-history";
import type { AccountId } from "../../api/accounts";
import { askDemoFunds, getWalletTerms, type WalletTerms } from "../../api/wallet";
import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";
import { addDemoFunds } from "../../state/balances";
import { errorText } from "../../state/errors";
import { assetScale } from "../../state/market";
import { showToast } from "../../state/toasts";
import { type Column, DataTable } from "../../ui/DataTable";
import { type Pages, usePages } from "../../ui/pages";
import { ListEnd } from "../../ui/RecordTools";
import { Stamp } from "../../ui/Stamp";
import { Amount } from "./Amount";
import { type BalancesByAsset, useAccountBalances } from "./account-balances";

interface Props {
  account: AccountId;
  accountId: number | null;
  picker: ReactNode;
}

/** How money comes in here, and what has come. */
export function DepositPanel({ account, accountId, picker }: Props) {
  const [terms, setTerms] = useState<WalletTerms | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { byAsset, refresh } = useAccountBalances(account);
  const pages = usePages(`deposits ${account}`, (cursor) =>
    getHistory("deposits", account, {}, cursor),
  );
  useEffect(() => {
    let isShown = true;
    getWalletTerms(account).then(
      (found) => isShown && setTerms(found),
      (error) => isShown && setProblem(errorText(error)),
    );
    return () => {
      isShown = false;
    };
  }, [account]);

  async function give(asset: string): Promise<void> {
    if (account === null) await addDemoFunds(asset);
    else await giveTo(account, asset, byAsset);
    refresh();
    pages.reload();
  }

  return (
    <>
      <div className="page-tools">{picker}</div>
      {problem !== null && <p className="problem">{problem}</p>}
      {terms !== null && (
        <section className="wallet-part" aria-label={say("deposit")}>
          {terms.has_faucet && <p>{say("faucetHow")}</p>}
          <p className="hint">
            {say(terms.rail === "manual" ? "depositManual" : "depositChain", {
              account: accountId ?? "",
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

/** Demo funds for another account than the main one, whose balances do not come by themselves. */
async function giveTo(
  account: number,
  asset: string,
  byAsset: BalancesByAsset | null,
): Promise<void> {
  const scale = assetScale(asset);
  try {
    const { available, held } = await askDemoFunds(account, asset);
    const before = fixedFromServer(byAsset?.[asset]?.total ?? "0", scale);
    const total = fixedFromServer(available, scale) + fixedFromServer(held, scale);
    const amount = groupDigits(trimFixed(total - before, scale));
    showToast("plain", say("faucetGiven", { amount, asset, account }));
  } catch (error) {
    showToast("warning", errorText(error));
  }
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
