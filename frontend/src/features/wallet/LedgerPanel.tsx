import { useSearchParams } from "wouter";
import { getHistory, historyPath, type LedgerEntry } from "../../api/account-history";
import { say as sayRecord } from "../../i18n/records";
import { t } from "../../i18n/translate";
import { say, WALLET_WORDS, type WalletWord } from "../../i18n/wallet";
import { isDay, localDayNs, stampText } from "../../lib/days";
import { useAccountNumber } from "../../state/acting-account";
import { errorText } from "../../state/errors";
import { useMarket } from "../../state/market";
import { saveFile } from "../../state/save-file";
import { type Column, DataTable } from "../../ui/DataTable";
import { useCursorPages } from "../../ui/pages";
import { FilterChoice, FilterDay, FilterFold, ListEnd, PrintHead } from "../../ui/RecordTools";
import { Stamp } from "../../ui/Stamp";
import { Amount } from "./Amount";

const CODES = [
  "deposit",
  "trade",
  "fee",
  "withdrawal",
  "transfer",
  "trade_bust",
  "adjustment",
] as const;

/** Every posting of an account with its other side, and the balance after it. */
export function LedgerPanel() {
  const account = useAccountNumber();
  const [params, setParams] = useSearchParams();
  const assets = useMarket((market) => market.assets);
  const day = (name: string) => (isDay(params.get(name) ?? "") ? params.get(name)! : "");
  const filter = {
    asset: params.get("asset") ?? "",
    code: CODES.find((code) => code === params.get("kind")) ?? "",
    from: day("from"),
    to: day("to"),
  };
  const asked = {
    asset: filter.asset,
    code: filter.code,
    from_ts_ns: filter.from && localDayNs(filter.from),
    to_ts_ns: filter.to && localDayNs(filter.to, 1),
  };
  const pages = useCursorPages(JSON.stringify(asked), (cursor) =>
    getHistory("ledger", asked, cursor),
  );
  const set = (name: string) => (value: string) =>
    setParams(
      (before) => {
        if (value === "") before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <>
      <PrintHead
        title={`${t("app.title")} · ${say("ledger")}`}
        account={sayRecord("account", { id: account })}
        period={sayRecord("period", {
          from: filter.from || sayRecord("start"),
          to: filter.to || sayRecord("now"),
        })}
        printed={sayRecord("printed", { time: stampText(Date.now()) })}
      />
      <div className="page-tools">
        <FilterFold isOpen={Object.values(filter).some(Boolean)}>
          <FilterChoice
            label={say("asset")}
            allLabel={sayRecord("all")}
            value={filter.asset}
            options={assets.map(({ name }) => ({ value: name, label: name }))}
            onChange={set("asset")}
          />
          <FilterChoice
            label={say("kind")}
            allLabel={sayRecord("all")}
            value={filter.code}
            options={CODES.map((code) => ({ value: code, label: codeText(code.toUpperCase()) }))}
            onChange={set("kind")}
          />
          <FilterDay label={sayRecord("from")} value={filter.from} onChange={set("from")} />
          <FilterDay label={sayRecord("to")} value={filter.to} onChange={set("to")} />
        </FilterFold>
        <div className="record-buttons">
          <button
            type="button"
            className="quiet"
            onClick={() =>
              void saveFile(historyPath("ledger", ".csv", asked), (name) =>
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
      <p className="hint page-note">{say("ledgerHint")}</p>
      <DataTable
        caption={say("ledger")}
        columns={columns()}
        rows={pages.rows}
        rowKey={(entry) => `${entry.seq}/${entry.ref}/${entry.asset}/${entry.code}/${entry.amount}`}
        empty={emptyText(pages, Object.values(filter).some(Boolean))}
      />
      <ListEnd pages={pages} error={pages.error === null ? null : errorText(pages.error)} />
    </>
  );
}

function emptyText(
  pages: { isLoading: boolean; hasMore: boolean; error: unknown },
  isFiltered: boolean,
): string {
  if (pages.isLoading) return t("page.loading");
  if (pages.hasMore || pages.error !== null) return "";
  return isFiltered ? sayRecord("none") : say("noLedger");
}

function codeText(code: string): string {
  const key = `code_${code}`;
  return key in WALLET_WORDS.en ? say(key as WalletWord) : code;
}

function otherSide({ counterpart, counterpart_account_id: account }: LedgerEntry): string {
  return say(`side_${counterpart}`, { account: account ?? "" });
}

function columns(): Column<LedgerEntry>[] {
  return [
    { key: "time", label: t("column.time"), render: (entry) => <Stamp tsNs={entry.ts_ns} /> },
    {
      key: "kind",
      label: say("kind"),
      render: (entry) => (
        <>
          {codeText(entry.code)}
          <span className="narrow">{otherSide(entry)}</span>
        </>
      ),
    },
    { key: "other", label: say("counterpart"), from: 2, render: otherSide },
    { key: "asset", label: say("asset"), render: (entry) => entry.asset },
    {
      key: "amount",
      label: say("amount"),
      numeric: true,
      render: (entry) => <Amount text={entry.amount} asset={entry.asset} signed />,
    },
    {
      key: "balance",
      label: say("balance"),
      numeric: true,
      from: 2,
      render: (entry) => <Amount text={entry.balance} asset={entry.asset} />,
    },
    {
      key: "cause",
      label: say("cause"),
      from: 4,
      render: (entry) => <span className="num">{entry.ref}</span>,
    },
  ];
}
