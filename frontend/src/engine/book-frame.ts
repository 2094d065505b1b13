import { groupPrice } from "../lib/whole-units";
import type { Book } from "./book";
import type { BookSide } from "./book-side";

/**
 * One picture of the book, as it crosses to the main thread: a header, then the bid rows, then the ask rows,
 * best first, each [price, qty, cumulative qty] in whole units. Nothing is parsed or allocated per level there.
 */
export const FRAME = {
  SEQ: 0,
  STALE: 1,
  STEP: 2,
  BIDS: 3,
  ASKS: 4,
  BEST_BID: 5,
  BEST_ASK: 6,
  /** 1 in an auction; then there are no rows, but the next three. */
  AUCTION: 7,
  /** 0: nothing would trade. */
  INDICATIVE_PRICE: 8,
  INDICATIVE_QTY: 9,
  IMBALANCE: 10,
  HEADER: 11,
  ROW: 3,
} as const;

export const FRAME_ROWS_MAX = 64;

export function encodeBookFrame(book: Book, step: number, rowsMax: number): Float64Array {
  const limit = Math.min(rowsMax, FRAME_ROWS_MAX);
  const frame = new Float64Array(FRAME.HEADER + 2 * limit * FRAME.ROW);
  const bids = writeSide(book.bids, step, limit, frame, FRAME.HEADER);
  const asks = writeSide(book.asks, step, limit, frame, FRAME.HEADER + bids * FRAME.ROW);
  frame[FRAME.SEQ] = book.seq;
  frame[FRAME.STALE] = book.state === "stale" ? 1 : 0;
  frame[FRAME.STEP] = step;
  frame[FRAME.BIDS] = bids;
  frame[FRAME.ASKS] = asks;
  frame[FRAME.BEST_BID] = book.bids.prices[0] ?? 0;
  frame[FRAME.BEST_ASK] = book.asks.prices[0] ?? 0;
  frame[FRAME.AUCTION] = book.auction === null ? 0 : 1;
  frame[FRAME.INDICATIVE_PRICE] = book.auction?.price ?? 0;
  frame[FRAME.INDICATIVE_QTY] = book.auction?.qty ?? 0;
  frame[FRAME.IMBALANCE] = book.auction?.imbalance ?? 0;
  return frame.slice(0, FRAME.HEADER + (bids + asks) * FRAME.ROW);
}

/** Rows written. Levels of one price group are added up. */
function writeSide(
  side: BookSide,
  step: number,
  limit: number,
  frame: Float64Array,
  start: number,
): number {
  let rows = 0;
  let cumulative = 0;
  let at = start;
  let group = Number.NaN;
  for (let level = 0; level < side.prices.length; level += 1) {
    const price = groupPrice(side.prices[level]!, step, side.isBid);
    const qty = side.qtys[level]!;
    if (price !== group) {
      if (rows === limit) break;
      group = price;
      rows += 1;
      at = start + (rows - 1) * FRAME.ROW;
      frame[at] = price;
      frame[at + 1] = 0;
    }
    cumulative += qty;
    frame[at + 1]! += qty;
    frame[at + 2] = cumulative;
  }
  return rows;
}
