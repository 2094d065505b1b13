import {
  type PointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { groupSteps, type InstrumentSpec } from "../../api/instrument-spec";
import { bookFrames, selectRows } from "../../bridge/engine-link";
import { FRAME, FRAME_ROWS_MAX } from "../../engine/book-frame";
import { t } from "../../i18n/translate";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { formatUnits, groupPrice } from "../../lib/whole-units";
import { type AuctionPicture, useAuction } from "../../state/auction";
import { setStep, useInstrument, useMarket } from "../../state/market";
import { useOrders } from "../../state/orders";
import { wishTicket } from "../../state/ticket-intent";
import { Price } from "../../ui/Price";
import { type BookNumbers, BookRows, deepestShown } from "./book-rows";
import { SpreadRow } from "./SpreadRow";

/** Price levels around the spread, with depth bars. A click takes a price to the ticket. */
export function OrderBook() {
  const spec = useInstrument();
  if (spec === null) return <div className="empty">{t("book.loading")}</div>;
  return <Book key={spec.symbol} spec={spec} />;
}

/** An auction shows no levels: they would cross. It shows what they come to. */
function BookInAuction({ spec, auction }: { spec: InstrumentSpec; auction: AuctionPicture }) {
  return (
    <div className="book-auction">
      <p>{t("book.auction")}</p>
      {auction.price !== null && (
        <p className="book-auction-price">
          <Price text={formatUnits(auction.price, spec.priceDecimals)} />
        </p>
      )}
      <p className="hint">{t("book.auctionHint")}</p>
    </div>
  );
}

type BookState = "loading" | "live" | "stale";

function Book({ spec }: { spec: InstrumentSpec }) {
  const table = useRef<HTMLDivElement>(null);
  const asks = useRef<HTMLDivElement>(null);
  const bids = useRef<HTMLDivElement>(null);
  const { state, priceAt } = useDrawing(spec, { table, asks, bids });
  const auction = useAuction();

  function clicked(event: PointerEvent): void {
    if (state !== "live" || event.button !== 0) return;
    const price = priceAt(event.target);
    if (price !== null) wishTicket({ price: formatUnits(price, spec.priceDecimals) });
  }

  return (
    <div className={`book book-${state}`}>
      <div
        className="book-table"
        role="table"
        aria-label={t("book.label", { symbol: spec.symbol })}
        onPointerUp={clicked}
        ref={table}
      >
        <div className="book-head" role="row">
          <span role="columnheader">{t("column.priceIn", { asset: spec.quote })}</span>
          <span role="columnheader">{t("column.qtyIn", { asset: spec.base })}</span>
          <span role="columnheader">{t("column.total")}</span>
        </div>
        <div className="book-side asks" role="rowgroup" aria-label={t("book.asks")} ref={asks} />
        <SpreadRow spec={spec} />
        <div className="book-side bids" role="rowgroup" aria-label={t("book.bids")} ref={bids} />
      </div>
      {auction !== null && state === "live" && <BookInAuction spec={spec} auction={auction} />}
      <p className="book-state" role="status">
        {state === "loading" ? t("book.loading") : state === "stale" ? t("book.stale") : ""}
      </p>
    </div>
  );
}

type Host = RefObject<HTMLDivElement | null>;

interface Drawing {
  state: BookState;
  priceAt: (target: EventTarget | null) => number | null;
}

/** Draws each frame into fixed rows, as many as fit; React learns only whether the book is live. */
function useDrawing(spec: InstrumentSpec, hosts: { table: Host; asks: Host; bids: Host }): Drawing {
  const [state, setState] = useState<BookState>("loading");
  const numbers = useBookNumbers(spec);
  const latest = useRef(numbers);
  latest.current = numbers;
  const view = useRef<{ asks: BookRows; bids: BookRows; count: number } | null>(null);

  const draw = useCallback((frame: Float64Array) => {
    const rows = view.current;
    if (rows === null) return;
    const deepest = deepestShown(frame, rows.count);
    rows.asks.draw(frame, deepest, latest.current);
    rows.bids.draw(frame, deepest, latest.current);
    setState(frame[FRAME.STALE] === 1 ? "stale" : "live");
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the hosts are refs, the same ones for ever
  useEffect(() => {
    // Kept, since the observer may fire once more while the page is already taken apart.
    const [table, asks, bids] = [hosts.table.current!, hosts.asks.current!, hosts.bids.current!];
    const ownLabel = t("book.own");
    const rows = {
      asks: new BookRows(asks, false, ownLabel),
      bids: new BookRows(bids, true, ownLabel),
      count: 0,
    };
    view.current = rows;
    const observer = new ResizeObserver(() => {
      rows.count = rowsThatFit(table);
      rows.asks.setCount(rows.count);
      rows.bids.setCount(rows.count);
      selectRows(rows.count);
    });
    observer.observe(table);
    const unsubscribe = bookFrames.subscribe(draw);
    return () => {
      observer.disconnect();
      unsubscribe();
      asks.replaceChildren();
      bids.replaceChildren();
    };
  }, [draw]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new own orders redraw the last frame
  useEffect(() => {
    const frame = bookFrames.get();
    if (frame !== null) draw(frame);
  }, [numbers, draw]);

  const priceAt = (target: EventTarget | null) =>
    view.current?.asks.priceAt(target) ?? view.current?.bids.priceAt(target) ?? null;
  return { state, priceAt };
}

/** Chooses how far prices are put together. */
export function BookGrouping() {
  const spec = useInstrument();
  const step = useMarket((market) => market.step);
  if (spec === null) return null;
  return (
    <select
      className="compact-select num"
      aria-label={t("book.grouping")}
      value={step}
      onChange={(event) => setStep(Number(event.target.value))}
    >
      {groupSteps(spec).map((one) => (
        <option key={one} value={one}>
          {trimFixed(BigInt(one), spec.priceDecimals)}
        </option>
      ))}
    </select>
  );
}

function useBookNumbers(spec: InstrumentSpec): BookNumbers {
  const step = useMarket((market) => market.step);
  const open = useOrders((orders) => orders.open);
  return useMemo(() => {
    const own = new Map<number, number>();
    for (const order of open.values()) {
      if (order.symbol !== spec.symbol || order.price === null) continue;
      if (order.status === "pending_trigger") continue;
      const price = Number(fixedFromServer(order.price, spec.priceDecimals));
      const group = groupPrice(price, step, order.side === "buy");
      const qty = Number(fixedFromServer(order.leaves_qty, spec.qtyDecimals));
      own.set(group, (own.get(group) ?? 0) + qty);
    }
    return { priceDecimals: spec.priceDecimals, qtyDecimals: spec.qtyDecimals, own };
  }, [open, spec, step]);
}

/** Heights of the heading, and the least of the spread row, which takes what whole rows leave over. */
const HEAD_PX = 20;
const SPREAD_PX = 32;

function rowsThatFit(table: HTMLElement): number {
  const rowPx = Number.parseFloat(getComputedStyle(table).getPropertyValue("--row")) || 20;
  const rows = Math.floor((table.clientHeight - HEAD_PX - SPREAD_PX) / 2 / rowPx);
  return Math.min(FRAME_ROWS_MAX, Math.max(1, rows));
}
