import type { InstrumentSpec } from "../api/instrument-spec";
import type { Fill } from "../api/types";
import { t } from "../i18n/translate";
import { fixedFromServer, formatFixed, trimFixed } from "../lib/fixed-point";
import { groupDigits } from "../lib/format";

/** One sentence for the fills of one order that came in one breath. */
export function fillText(fills: readonly Fill[], spec: InstrumentSpec): string {
  const first = fills[0]!;
  const { priceDecimals, qtyDecimals } = spec;
  let qty = 0n;
  let value = 0n;
  for (const fill of fills) {
    const filled = fixedFromServer(fill.qty, qtyDecimals);
    qty += filled;
    value += filled * fixedFromServer(fill.price, priceDecimals);
  }
  const values = {
    qty: groupDigits(trimFixed(qty, qtyDecimals)),
    asset: spec.base,
    price: groupDigits(formatFixed((value + qty / 2n) / qty, priceDecimals)),
    count: fills.length,
  };
  if (fills.every((fill) => fill.price === first.price)) {
    return t(first.side === "buy" ? "notice.bought" : "notice.sold", values);
  }
  return t(first.side === "buy" ? "notice.boughtAverage" : "notice.soldAverage", values);
}
