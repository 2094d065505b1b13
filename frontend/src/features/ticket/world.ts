import type { InstrumentSpec } from "../../api/instrument-spec";
import type { VenueStatus } from "../../api/types";
import type { Quote } from "../../engine/market-quote";

/** What the ticket knows of the world. Funds are null while unknown, prices null without such a side. */
export interface World {
  spec: InstrumentSpec;
  venueStatus: VenueStatus;
  /** Price units. */
  bestBid: bigint | null;
  bestAsk: bigint | null;
  /** Of the last trade, price units; null before the first. */
  lastPrice: bigint | null;
  /** What an order of this size would take now. */
  quote: Quote | null;
  /** Available base and quote asset, at the asset's scale. */
  base: bigint | null;
  quoteFunds: bigint | null;
  /** The exchange's clock, Unix time. */
  nowMs: number;
}

/** What a trailing stop starts from and a collar is measured from. */
export function referencePrice({ lastPrice, spec }: World): bigint | null {
  return lastPrice ?? spec.referencePrice;
}
