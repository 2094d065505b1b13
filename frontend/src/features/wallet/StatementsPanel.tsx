import { useCallback } from "react";
import { useSearchParams } from "wouter";
import { getStatement, type Statement, statementPath } from "../../api/wallet";
import { say as sayRecord } from "../../i18n/records";
import { t } from "../../i18n/translate";
import { say, WALLET_WORDS, type WalletWord } from "../../i18n/wallet";
import { dayText, isDay, monthOf, type Period, stampText, yearOf } from "../../lib/days";
import { useAccountNumber } from "../../state/acting-account";
import { useLoaded } from "../../state/loaded";
import { saveFile } from "../../state/save-file";
import { type Column, DataTable } from "../../ui/DataTable";
import { FilterDay, PrintHead } from "../../ui/RecordTools";
import { Amount } from "./Amount";
import { ProofOfLiabilities } from "./ProofOfLiabilities";

const DAYS_MAX = 366;
const DAY_MS = 86_400_000;

/** What an account had, what moved, what trading cost, of any days; and what the exchange says it owes. */
export function StatementsPanel() {
  const [params, setParams] = useSearchParams();
  const today = dayText(new Date());
  const usual = monthOf(today, 0);
  const day = (name: string, otherwise: string) =>
    isDay(params.get(name) ?? "") ? params.get(name)! : otherwise;
  const period = { from: day("from", usual.from), to: day("to", usual.to) };
  const choose = (chosen: Period) =>
    setParams(
      (before) => {
        before.set("from", chosen.from);
        before.set("to", chosen.to);
        return before;
      },
      { replace: true },
    );
  const presets = [
    { name: say("presetThisMonth"), period: usual },
    { name: say("presetLastMonth"), period: monthOf(today, 1) },
    { name: say("presetYear"), period: yearOf(today) },
  ];
  const days = (Date.parse(period.to) - Date.parse(period.from)) / DAY_MS + 1;
  const isPeriod = days >= 1 && days <= DAYS_MAX;
  return (
    <>
      <div className="page-tools">
        <FilterDay
          label={sayRecord("from")}
          value={period.from}
          onChange={(from) => choose({ ...period, from })}
        />
        <FilterDay
          label={sayRecord("to")}
          value={period.to}
          onChange={(to) => choose({ ...period, to })}
        />
        <div className="presets">
          {presets.map((one) => (
            <button
              key={one.name}
              type="button"
              className="link"
              onClick={() => choose(one.period)}
            >
              {one.name}
            </button>
          ))}
        </div>
        <div className="record-buttons">
          <button
            type="button"
            className="quiet"
            disabled={!isPeriod}
            onClick={() =>
              void saveFile(statementPath(".csv", period.from, period.to), (name) =>
                sayRecord("exported", { name }),
              )
            }
          >
            {sayRecord("csv")}
          </button>
          <button type="button" className="quiet" onClick={() => window.print()}>
            {sayRecord("print")}
          </button>
        </div>
      </div>
      <p className="hint page-note">{say("utcDays")}</p>
      {isPeriod ? (
        <Shown key={`${period.from} ${period.to}`} {...period} />
      ) : (
        <p className="problem">{say("badPeriod")}</p>
      )}
      <ProofOfLiabilities />
    </>
  );
}

function Shown({ from, to }: Period) {
  const account = useAccountNumber();
  const load = useCallback(() => getStatement(from, to), [from, to]);
  const { value: told, refusal } = useLoaded(load);
  if (refusal !== null) return <p className="problem">{refusal}</p>;
  if (told === null) return <p className="empty">{t("page.loading")}</p>;
  return (
    <>
      <PrintHead
        title={`${t("app.title")} · ${say("statements")}`}
        account={sayRecord("account", { id: account })}
        period={sayRecord("period", { from, to })}
        printed={sayRecord("printed", { time: stampText(Date.now()) })}
      />
      <h3>{say("statementOf")}</h3>
      <DataTable
        caption={say("statementOf")}
        columns={assetColumns()}
        rows={rowsOf(told)}
        rowKey={({ asset, code }) => `${asset} ${code}`}
        empty={say("noStatement")}
      />
      <h3>{say("tradingOf")}</h3>
      <DataTable
        caption={say("tradingOf")}
        columns={fillColumns()}
        rows={told.fills}
        rowKey={({ symbol, side, liquidity }) => `${symbol} ${side} ${liquidity}`}
        empty={say("noTrading")}
      />
    </>
  );
}

/** A movement of an asset; or, with code "", the asset's two balances. */
interface Row {
  asset: string;
  code: string;
  postings: number | null;
  received: string | null;
  paid: string | null;
  opening: string | null;
  closing: string | null;
}

function rowsOf({ assets }: Statement): Row[] {
  return assets.flatMap(({ asset, opening, closing, movements }) => [
    { asset, code: "", postings: null, received: null, paid: null, opening, closing },
    ...movements.map((one): Row => ({ asset, ...one, opening: null, closing: null })),
  ]);
}

function assetColumns(): Column<Row>[] {
  const amount = (key: "opening" | "received" | "paid" | "closing", from: 1 | 2): Column<Row> => ({
    key,
    label: say(key),
    numeric: true,
    from,
    render: (row) => (row[key] === null ? "" : <Amount text={row[key]} asset={row.asset} />),
  });
  return [
    {
      key: "asset",
      label: say("asset"),
      render: (row) =>
        row.code === "" ? (
          <b className="asset-name">{row.asset}</b>
        ) : (
          <span className="movement">{codeText(row.code)}</span>
        ),
    },
    {
      key: "postings",
      label: say("postings"),
      numeric: true,
      from: 3,
      render: ({ postings }) => <span className="num">{postings ?? ""}</span>,
    },
    amount("opening", 2),
    amount("received", 1),
    amount("paid", 1),
    amount("closing", 1),
  ];
}

function codeText(code: string): string {
  const key = `code_${code}`;
  return key in WALLET_WORDS.en ? say(key as WalletWord) : code;
}

type FillsRow = Statement["fills"][number];

function fillColumns(): Column<FillsRow>[] {
  const [base, quote] = [0, 1].map((at) => (row: FillsRow) => row.symbol.split("-")[at]!);
  return [
    { key: "symbol", label: t("column.symbol"), render: ({ symbol }) => symbol },
    {
      key: "side",
      label: t("column.side"),
      render: ({ side }) => t(side === "buy" ? "side.buy" : "side.sell"),
    },
    {
      key: "role",
      label: t("column.role"),
      from: 2,
      render: ({ liquidity }) => t(`liquidity.${liquidity}`),
    },
    {
      key: "fills",
      label: say("fillsCount"),
      numeric: true,
      from: 3,
      render: ({ fills }) => <span className="num">{fills}</span>,
    },
    {
      key: "qty",
      label: t("column.qty"),
      numeric: true,
      render: (row) => <Amount text={row.qty} asset={base!(row)} />,
    },
    {
      key: "worth",
      label: say("quoteQty"),
      numeric: true,
      from: 2,
      render: (row) => <Amount text={row.quote_qty} asset={quote!(row)} />,
    },
    {
      key: "fee",
      label: t("column.fee"),
      numeric: true,
      render: (row) => (
        <>
          <Amount text={row.fee} asset={row.fee_asset} /> {row.fee_asset}
        </>
      ),
    },
  ];
}
