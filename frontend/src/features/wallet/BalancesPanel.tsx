import { type ReactNode, useState } from "react";
import { useSearchParams } from "wouter";
import type { Balance } from "../../api/types";
import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { formatFixed, trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";
import { useBalances } from "../../state/balances";
import { assetScale, useMarket } from "../../state/market";
import { type Column, DataTable, type Sort } from "../../ui/DataTable";
import { Price } from "../../ui/Price";
import { FilterChoice } from "../../ui/RecordTools";
import { Amount } from "./Amount";
import { type BalanceRow, balanceRows, quotesOf, worthOf } from "./balance-rows";

interface Props {
  /** The ways to what can be done with an asset. */
  actions: (asset: string) => ReactNode;
}

/** What an account has of each asset, and what that is worth at the last prices. */
export function BalancesPanel({ actions }: Props) {
  const byAsset = useBalances((balances) => balances.byAsset);
  const { assets, instruments, tickers } = useMarket();
  const [params, setParams] = useSearchParams();
  const [hideZero, setHideZero] = useState(false);
  const [sort, setSort] = useState<Sort>({ key: "value", descending: true });
  if (byAsset === null || assets.length === 0) {
    return <p className="empty">{t("page.loading")}</p>;
  }
  const names = assets.map(({ name }) => name);
  const named = params.get("in") ?? "";
  const into = names.includes(named) ? named : (instruments[0]?.quote ?? names[0]!);
  const balances = names.map((asset): Balance => byAsset[asset] ?? nothingOf(asset));
  const rows = balanceRows(balances, into, quotesOf(instruments, tickers), assetScale);
  const worth = worthOf(rows);
  return (
    <>
      <div className="page-tools">
        <FilterChoice
          label={say("valueIn")}
          value={into}
          options={names.map((name) => ({ value: name, label: name }))}
          onChange={(asset) =>
            setParams(
              (before) => {
                before.set("in", asset);
                return before;
              },
              { replace: true },
            )
          }
        />
        <label className="check">
          <input
            type="checkbox"
            checked={hideZero}
            onChange={(event) => setHideZero(event.target.checked)}
          />
          {say("hideZero")}
        </label>
        <p className="worth">
          {say("worth", {
            amount: groupDigits(trimFixed(worth.units, assetScale(into), 2)),
            asset: into,
          })}
        </p>
      </div>
      <DataTable
        caption={say("balances")}
        columns={columns(into, actions)}
        rows={sorted(
          rows.filter((row) => !hideZero || row.total !== 0n),
          sort,
        )}
        rowKey={(row) => row.balance.asset}
        empty={say("noneLeft")}
        sort={sort}
        onSort={setSort}
      />
      <p className="list-end">
        {worth.prices.length > 0 && (
          <span>
            {say("pricesUsed", {
              prices: worth.prices
                .map(({ symbol, price, decimals }) => {
                  return `${symbol} ${groupDigits(formatFixed(price, decimals))}`;
                })
                .join(", "),
            })}
          </span>
        )}
        {worth.unpriced.length > 0 && (
          <span className="problem">{say("unpriced", { assets: worth.unpriced.join(", ") })}</span>
        )}
      </p>
    </>
  );
}

function nothingOf(asset: string): Balance {
  return { asset, available: "0", held: "0", total: "0" };
}

function columns(into: string, actions: Props["actions"]): Column<BalanceRow>[] {
  const scale = assetScale(into);
  const valueText = (units: bigint | null) =>
    units === null ? "–" : <Price text={trimFixed(units, scale, Math.min(2, scale))} />;
  return [
    {
      key: "asset",
      label: t("column.asset"),
      sortable: true,
      render: ({ balance }) => <b className="asset-name">{balance.asset}</b>,
    },
    {
      key: "total",
      label: say("total"),
      numeric: true,
      sortable: true,
      render: ({ balance }) => <Amount text={balance.total} asset={balance.asset} />,
    },
    {
      key: "available",
      label: t("column.available"),
      numeric: true,
      from: 2,
      render: ({ balance }) => <Amount text={balance.available} asset={balance.asset} />,
    },
    {
      key: "held",
      label: say("held"),
      numeric: true,
      from: 3,
      render: ({ balance }) => <Amount text={balance.held} asset={balance.asset} />,
    },
    {
      key: "price",
      label: `${say("price")} (${into})`,
      numeric: true,
      from: 3,
      render: (row) => (
        <span title={row.route?.map(({ quote }) => quote.symbol).join(", ")}>
          {valueText(row.price)}
        </span>
      ),
    },
    {
      key: "value",
      label: `${t("column.value")} (${into})`,
      numeric: true,
      sortable: true,
      render: (row) => valueText(row.value),
    },
    {
      key: "actions",
      label: t("column.actions"),
      unlabelled: true,
      numeric: true,
      from: 2,
      render: ({ balance }) => actions(balance.asset),
    },
  ];
}

function sorted(rows: readonly BalanceRow[], { key, descending }: Sort): BalanceRow[] {
  const sign = descending ? -1 : 1;
  const byName = (a: BalanceRow, b: BalanceRow) => a.balance.asset.localeCompare(b.balance.asset);
  if (key === "asset") return [...rows].sort((a, b) => sign * byName(a, b));
  const of = (row: BalanceRow) => (key === "value" ? row.value : row.wholeTotal) ?? -1n;
  return [...rows].sort(
    (a, b) => sign * (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0) || byName(a, b),
  );
}
