import type { InstrumentSpec } from "../../api/instrument-spec";
import { formatFixed } from "../../lib/fixed-point";

/** The price nearest to a point on the chart that is a whole number of ticks, at least one. */
export function nearestPrice(price: number, spec: InstrumentSpec): string {
  const ticks = Math.round((price * 10 ** spec.priceDecimals) / Number(spec.tick));
  return formatFixed(BigInt(Math.max(1, ticks)) * spec.tick, spec.priceDecimals);
}
