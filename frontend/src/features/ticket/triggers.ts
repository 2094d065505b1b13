import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Side } from "../../api/types";

/** The exchange's own arithmetic of triggers, in whole ticks. Prices are price units. */

const BPS = 10_000n;

/** Where a stop that trails by `bps` would stand if `price` were the best so far. */
export function trailingTrigger(
  side: Side,
  price: bigint,
  bps: bigint,
  { tick }: InstrumentSpec,
): bigint {
  const ticks = price / tick;
  if (side === "buy") return divideUp(ticks * (BPS + bps)) * tick;
  const trigger = (ticks * (BPS - bps)) / BPS;
  return (trigger > 1n ? trigger : 1n) * tick;
}

/** The most that a stop to buy may pay for one: its trigger and the price band above. */
export function worstBuyPrice(trigger: bigint, { tick, bandBps }: InstrumentSpec): bigint {
  return divideUp((trigger / tick) * (BPS + bandBps)) * tick;
}

/** Whether a stop (or, with `takesProfit`, the other way round) would be triggered by a trade at `price`. */
export function isMet(side: Side, trigger: bigint, price: bigint, takesProfit: boolean): boolean {
  const waitsForRise = (side === "buy") !== takesProfit;
  return waitsForRise ? price >= trigger : price <= trigger;
}

export function isOutsideCollar(
  price: bigint,
  reference: bigint | null,
  { collarBps }: InstrumentSpec,
): boolean {
  if (collarBps === 0n || reference === null) return false;
  const distance = price > reference ? price - reference : reference - price;
  return distance * BPS > reference * collarBps;
}

function divideUp(numerator: bigint): bigint {
  return (numerator + BPS - 1n) / BPS;
}
