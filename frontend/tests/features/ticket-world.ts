import type { InstrumentSpec } from "../../src/api/instrument-spec";
import { type Draft, NEW_DRAFT, tidy } from "../../src/features/ticket/draft";
import type { World } from "../../src/features/ticket/world";

/** One market at one moment, for the stories of the ticket. */

export const SPEC: InstrumentSpec = {
  symbol: "BTC-USDT",
  base: "BTC",
  quote: "USDT",
  priceDecimals: 2,
  qtyDecimals: 5,
  baseScale: 8,
  quoteScale: 8,
  tick: 1n,
  lot: 1n,
  minNotional: 100_000_000n,
  makerFeePpm: 500n,
  takerFeePpm: 1_000n,
  status: "trading",
  cause: "requested",
  auctionEndsMs: null,
  bandBps: 1_000n,
  collarBps: 0n,
  referencePrice: null,
};

export const WORLD: World = {
  spec: SPEC,
  venueStatus: "open",
  bestBid: 6_401_200n,
  bestAsk: 6_401_300n,
  lastPrice: 6_401_250n,
  quote: null,
  base: 200_000_000n, // 2 BTC
  quoteFunds: 10_000_000_000_000n, // 100,000 USDT
  nowMs: Date.UTC(2026, 10, 20),
};

export function draft(part: Partial<Draft>): Draft {
  return tidy({ ...NEW_DRAFT, amount: "0.25", ...part });
}

export const limit = (part: Partial<Draft>) => draft({ price: "64012.00", ...part });
export const market = (part: Partial<Draft>) => draft({ kind: "market", ...part });
