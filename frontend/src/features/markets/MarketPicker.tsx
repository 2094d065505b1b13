import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { Ticker } from "../../api/types";
import { t } from "../../i18n/translate";
import { compactDecimal } from "../../lib/format";
import { useMarket } from "../../state/market";
import { Price } from "../../ui/Price";
import { Change } from "./Change";

interface Props {
  open: boolean;
  onOpen: (open: boolean) => void;
  onChoose: (symbol: string) => void;
}

/** The market on screen, and the list to choose another from. */
export function MarketPicker({ open, onOpen, onChoose }: Props) {
  const symbol = useMarket((market) => market.symbol);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) onOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open, onOpen]);

  function close(): void {
    onOpen(false);
    button.current?.focus();
  }

  return (
    <div className="market-picker" ref={box}>
      <button
        ref={button}
        type="button"
        className="market-button"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={t("markets.open", { symbol: symbol ?? t("markets.loading") })}
        onClick={() => onOpen(!open)}
      >
        {symbol ?? "–"}
        <svg width="10" height="6" viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.4" />
        </svg>
      </button>
      {open && <MarketList onChoose={onChoose} onClose={close} />}
    </div>
  );
}

interface ListProps {
  onChoose: (symbol: string) => void;
  onClose: () => void;
}

function MarketList({ onChoose, onClose }: ListProps) {
  const { status, instruments, tickers, symbol } = useMarket();
  const [search, setSearch] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const found = useMemo(
    () => instruments.filter((spec) => spec.symbol.includes(search.trim().toUpperCase())),
    [instruments, search],
  );

  function choose(name: string): void {
    onChoose(name);
    onClose();
  }

  function keyed(event: KeyboardEvent): void {
    if (event.key === "Escape") onClose();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      moveFocus(list.current, event.key === "ArrowDown" ? 1 : -1);
    }
  }

  return (
    <div
      className="market-list"
      role="dialog"
      aria-label={t("markets.title")}
      ref={list}
      onKeyDown={keyed}
    >
      <input
        type="search"
        // The list was just asked for: typing goes to its search.
        // biome-ignore lint/a11y/noAutofocus: focus moves with the user's own action
        autoFocus
        aria-label={t("markets.search")}
        placeholder={t("markets.search")}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={(event) => {
          const first = found[0];
          if (event.key === "Enter" && first !== undefined) choose(first.symbol);
        }}
      />
      <MarketHead />
      {found.map((spec) => (
        <button
          type="button"
          key={spec.symbol}
          className="market-row"
          data-market
          aria-current={spec.symbol === symbol}
          onClick={() => choose(spec.symbol)}
        >
          <MarketRow symbol={spec.symbol} quote={spec.quote} ticker={tickers[spec.symbol]} />
        </button>
      ))}
      {found.length === 0 && <p className="empty">{emptyText(status, search)}</p>}
    </div>
  );
}

function MarketHead() {
  return (
    <div className="market-list-head" aria-hidden="true">
      <span>{t("column.symbol")}</span>
      <span className="right">{t("column.last")}</span>
      <span className="right">{t("column.change")}</span>
      <span className="right">{t("column.volume")}</span>
    </div>
  );
}

interface RowProps {
  symbol: string;
  quote: string;
  ticker: Ticker | undefined;
}

function MarketRow({ symbol, quote, ticker }: RowProps) {
  return (
    <>
      <span>{symbol}</span>
      <span className="right">{ticker?.last ? <Price text={ticker.last} /> : "–"}</span>
      <span className="right">
        <Change ppm={ticker?.change_ppm ?? null} />
      </span>
      <span className="right num">
        {ticker === undefined ? "–" : `${compactDecimal(ticker.quote_volume)} ${quote}`}
      </span>
    </>
  );
}

function moveFocus(list: HTMLElement | null, by: number): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>("[data-market]") ?? [])];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (at + by < 0) list?.querySelector("input")?.focus();
  else rows[Math.min(at + by, rows.length - 1)]?.focus();
}

function emptyText(status: "loading" | "ready" | "failed", search: string): string {
  if (status === "ready") return t("markets.none", { text: search });
  return t(status === "failed" ? "markets.failed" : "markets.loading");
}
