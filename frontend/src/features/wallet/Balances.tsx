import { useState } from "react";
import type { Balance } from "../../api/types";
import { t } from "../../i18n/translate";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { addDemoFunds, useBalances } from "../../state/balances";
import { assetScale, useMarket } from "../../state/market";
import { useSession } from "../../state/session";
import { type Column, DataTable } from "../../ui/DataTable";
import { Price } from "../../ui/Price";

/** Every asset with what is spendable and what open orders hold. */
export function Balances() {
  const signedIn = useSession((session) => session.status === "signed-in");
  const byAsset = useBalances((balances) => balances.byAsset);
  const assets = useMarket((market) => market.assets);
  if (!signedIn) return <div className="empty">{t("wallet.logIn")}</div>;
  if (byAsset === null) return <div className="empty">{t("orders.loading")}</div>;
  const rows = assets.map(
    ({ name }) => byAsset[name] ?? { asset: name, available: "0", held: "0", total: "0" },
  );
  return (
    <DataTable
      caption={t("wallet.title")}
      columns={COLUMNS()}
      rows={rows}
      rowKey={(row) => row.asset}
      empty={t("wallet.none")}
    />
  );
}

const COLUMNS = (): Column<Balance>[] => [
  { key: "asset", label: t("column.asset"), render: (row) => row.asset },
  {
    key: "available",
    label: t("column.available"),
    numeric: true,
    render: (row) => <Amount text={row.available} asset={row.asset} />,
  },
  {
    key: "held",
    label: t("column.held"),
    numeric: true,
    render: (row) => <Amount text={row.held} asset={row.asset} />,
  },
  {
    key: "total",
    label: t("column.total"),
    numeric: true,
    from: 2,
    render: (row) => <Amount text={row.total} asset={row.asset} />,
  },
  {
    key: "faucet",
    label: t("wallet.faucetTitle"),
    unlabelled: true,
    numeric: true,
    render: (row) => <FaucetButton asset={row.asset} />,
  },
];

function Amount({ text, asset }: { text: string; asset: string }) {
  const scale = assetScale(asset);
  return <Price text={trimFixed(fixedFromServer(text, scale), scale, Math.min(2, scale))} />;
}

function FaucetButton({ asset }: { asset: string }) {
  const [working, setWorking] = useState(false);
  return (
    <button
      type="button"
      className="row-button"
      disabled={working}
      aria-label={t("wallet.faucet", { asset })}
      title={t("wallet.faucet", { asset })}
      onClick={async () => {
        setWorking(true);
        await addDemoFunds(asset);
        setWorking(false);
      }}
    >
      {t("wallet.faucetShort")}
    </button>
  );
}
