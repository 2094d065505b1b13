import { useSyncExternalStore } from "react";
import { bookFrames } from "../bridge/engine-link";
import { FRAME } from "../engine/book-frame";

/** What the auction on screen would come to now, in whole units. */
export interface AuctionPicture {
  /** Null: nothing would trade. */
  price: number | null;
  qty: number;
  /** By how much bids outweigh asks; negative: asks outweigh. */
  imbalance: number;
}

let latest: AuctionPicture | null = null;

/** Null outside of auctions. The exchange says it anew at most four times a second. */
export function useAuction(): AuctionPicture | null {
  return useSyncExternalStore((changed) => bookFrames.subscribe(changed), picture);
}

/** The same object as before while nothing in it has changed. */
function picture(): AuctionPicture | null {
  latest = pictureOf(bookFrames.get(), latest);
  return latest;
}

export function pictureOf(
  frame: Float64Array | null,
  before: AuctionPicture | null,
): AuctionPicture | null {
  if (frame === null || frame[FRAME.AUCTION] !== 1) return null;
  const price = frame[FRAME.INDICATIVE_PRICE] || null;
  const qty = frame[FRAME.INDICATIVE_QTY]!;
  const imbalance = frame[FRAME.IMBALANCE]!;
  const isSame = before?.price === price && before?.qty === qty && before?.imbalance === imbalance;
  return isSame ? before : { price, qty, imbalance };
}
