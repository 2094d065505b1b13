import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Fill, Side } from "../../api/types";
import { fixedFromServer } from "../../lib/fixed-point";
import { fillText } from "../../state/fill-notices";

/** What one order bought or sold within one bar. */
export interface Arrow {
  /** When the bar began, Unix seconds. */
  time: number;
  /** On average; for pixels only. */
  price: number;
  side: Side;
  /** In words, exact. */
  text: string;
}

/** Own fills as arrows on the bars they were in. `barOf`: a bar's beginning, null for no bar there. */
export function arrowsOf(
  fills: readonly Fill[],
  spec: InstrumentSpec,
  barOf: (timeS: number) => number | null,
): Arrow[] {
  const groups = new Map<string, { time: number; fills: Fill[] }>();
  for (const fill of fills) {
    if (fill.symbol !== spec.symbol) continue;
    const time = barOf(Number(BigInt(fill.ts_ns) / 1_000_000_000n));
    if (time === null) continue;
    const key = `${time} ${fill.order_id} ${fill.side}`;
    const group = groups.get(key) ?? { time, fills: [] };
    group.fills.push(fill);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ time, fills }) => ({
    time,
    price: averagePrice(fills, spec),
    side: fills[0]!.side,
    text: fillText(fills, spec),
  }));
}

function averagePrice(fills: readonly Fill[], { priceDecimals, qtyDecimals }: InstrumentSpec) {
  let qty = 0n;
  let value = 0n;
  for (const fill of fills) {
    const filled = fixedFromServer(fill.qty, qtyDecimals);
    qty += filled;
    value += filled * fixedFromServer(fill.price, priceDecimals);
  }
  return Number((value + qty / 2n) / qty) / 10 ** priceDecimals;
}
