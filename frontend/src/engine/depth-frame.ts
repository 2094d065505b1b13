import type { Book } from "./book";
import type { BookSide } from "./book-side";

/** The whole book as a staircase: a header, then bids, then asks, best first, each [price, cumulative qty]. */
export const DEPTH = { BIDS: 0, ASKS: 1, HEADER: 2, STEP: 2 } as const;

/** Levels a side: beyond them a step is narrower than a pixel. */
export const DEPTH_LEVELS_MAX = 2_000;

export function encodeDepthFrame(book: Book): Float64Array {
  const bids = Math.min(book.bids.prices.length, DEPTH_LEVELS_MAX);
  const asks = Math.min(book.asks.prices.length, DEPTH_LEVELS_MAX);
  const frame = new Float64Array(DEPTH.HEADER + (bids + asks) * DEPTH.STEP);
  frame[DEPTH.BIDS] = bids;
  frame[DEPTH.ASKS] = asks;
  writeSide(book.bids, bids, frame, DEPTH.HEADER);
  writeSide(book.asks, asks, frame, DEPTH.HEADER + bids * DEPTH.STEP);
  return frame;
}

function writeSide(side: BookSide, count: number, frame: Float64Array, start: number): void {
  let cumulative = 0;
  for (let level = 0; level < count; level += 1) {
    cumulative += side.qtys[level]!;
    frame[start + level * DEPTH.STEP] = side.prices[level]!;
    frame[start + level * DEPTH.STEP + 1] = cumulative;
  }
}
