import { fixedFromServer, pow10 } from "../lib/fixed-point";
import { msFromNs } from "../lib/whole-units";
import type { Asset, Instrument, StatusCause, TradingStatus } from "./types";

/** An instrument with its numbers parsed once. "Units" are of 10^-decimals of the quantity named. */
export interface InstrumentSpec {
  symbol: string;
  base: string;
  quote: string;
  priceDecimals: number;
  qtyDecimals: number;
  baseScale: number;
  quoteScale: number;
  /** Price step, price units. */
  tick: bigint;
  /** Quantity step, quantity units. */
  lot: bigint;
  /** Smallest order value, quote asset at its scale. */
  minNotional: bigint;
  makerFeePpm: bigint;
  takerFeePpm: bigint;
  status: TradingStatus;
  /** Why it has that status. */
  cause: StatusCause;
  /** Unix time; null if no auction runs, or none that ends by itself. */
  auctionEndsMs: number | null;
  /** How far past its trigger a stop to buy may pay. */
  bandBps: bigint;
  /** How far a limit may be from the last trade; 0: anywhere. */
  collarBps: bigint;
  /** Stands in for the last trade until there is one; null: nothing does. */
  referencePrice: bigint | null;
}

const SCALE_DEFAULT = 8;

export function specOf(instrument: Instrument, assets: readonly Asset[]): InstrumentSpec {
  const { price_decimals: priceDecimals, qty_decimals: qtyDecimals } = instrument;
  const scale = (name: string) =>
    assets.find((asset) => asset.name === name)?.scale ?? SCALE_DEFAULT;
  const quoteScale = scale(instrument.quote_asset);
  return {
    symbol: instrument.symbol,
    base: instrument.base_asset,
    quote: instrument.quote_asset,
    priceDecimals,
    qtyDecimals,
    baseScale: scale(instrument.base_asset),
    quoteScale,
    tick: fixedFromServer(instrument.tick_size, priceDecimals),
    lot: fixedFromServer(instrument.lot_size, qtyDecimals),
    minNotional: fixedFromServer(instrument.min_notional, quoteScale),
    makerFeePpm: BigInt(instrument.maker_fee_ppm),
    takerFeePpm: BigInt(instrument.taker_fee_ppm),
    status: instrument.trading_status,
    cause: instrument.status_cause,
    auctionEndsMs:
      instrument.auction_ends_ns === null ? null : msFromNs(instrument.auction_ends_ns),
    bandBps: BigInt(instrument.band_bps),
    collarBps: BigInt(instrument.collar_bps),
    referencePrice:
      instrument.reference_price === null
        ? null
        : fixedFromServer(instrument.reference_price, priceDecimals),
  };
}

/** Price groupings offered for the book, in price units: the tick times 1, 10, 100, 1,000 and 10,000. */
export function groupSteps(spec: InstrumentSpec): number[] {
  return [0, 1, 2, 3, 4].map((power) => Number(spec.tick * pow10(power)));
}
