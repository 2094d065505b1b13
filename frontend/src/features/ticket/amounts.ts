import type { InstrumentSpec } from "../../api/instrument-spec";
import type { QuoteRequest } from "../../engine/market-quote";
import { floorTo, formatFixed, parseFixed, rescale, trimFixed } from "../../lib/fixed-point";
import { type Draft, hasPrice, hasStopLimit, hasTrigger, trails } from "./draft";
import { holdPrice } from "./preview";
import { trailingTriggerNow } from "./read-terms";
import type { World } from "./world";

/** What to ask the worker about; null while the draft is no readable order that may take at once. */
export function quoteRequest(draft: Draft, spec: InstrumentSpec): QuoteRequest | null {
  const { side, kind, byBudget } = draft;
  if (kind !== "market" && kind !== "limit") return null;
  const amount = positive(draft.amount, byBudget ? spec.quoteScale : spec.qtyDecimals);
  if (amount === null) return null;
  if (byBudget) {
    const budget = rescale(amount, spec.quoteScale, spec.priceDecimals + spec.qtyDecimals);
    return { side, budget, lot: spec.lot };
  }
  if (kind === "market") return { side, qty: amount, lot: spec.lot };
  const limit = positive(draft.price, spec.priceDecimals);
  return limit === null ? null : { side, qty: amount, limit, lot: spec.lot };
}

/** The amount that is `percent` of what is available, as text; null while that cannot be said. */
export function amountForShare(percent: number, draft: Draft, world: World): string | null {
  const { spec } = world;
  const share = BigInt(percent);
  const shift = spec.priceDecimals + spec.qtyDecimals;
  if (draft.side === "sell") {
    if (world.base === null) return null;
    const qty = rescale((world.base * share) / 100n, spec.baseScale, spec.qtyDecimals);
    if (!draft.byBudget) return formatFixed(floorTo(qty, spec.lot), spec.qtyDecimals);
    if (world.bestBid === null) return null;
    return trimFixed(rescale(qty * world.bestBid, shift, spec.quoteScale), spec.quoteScale);
  }
  if (world.quoteFunds === null) return null;
  const budget = (world.quoteFunds * share) / 100n;
  if (draft.byBudget) return trimFixed(budget, spec.quoteScale);
  const price = buyPrice(draft, world);
  if (price === null) return null;
  const qty = rescale(budget, spec.quoteScale, shift) / price;
  return formatFixed(floorTo(qty, spec.lot), spec.qtyDecimals);
}

/** What one would cost, or be held for; null while that cannot be said. */
function buyPrice(draft: Draft, world: World): bigint | null {
  const { spec } = world;
  if (draft.kind === "market") return world.bestAsk;
  const read = (text: string) => positive(text, spec.priceDecimals);
  const price = hasPrice(draft) ? read(draft.price) : null;
  const stopLimit = hasStopLimit(draft) ? read(draft.stopLimitPrice) : null;
  const typed = hasTrigger(draft) ? read(draft.triggerPrice) : null;
  const trigger = trails(draft) ? trailingTriggerNow(draft, world) : typed;
  const isKnown =
    (price !== null || !hasPrice(draft)) &&
    (stopLimit !== null || !hasStopLimit(draft)) &&
    (trigger !== null || draft.kind === "limit");
  return isKnown ? holdPrice({ draft, price, trigger, stopLimit }, spec) : null;
}

function positive(text: string, scale: number): bigint | null {
  const units = parseFixed(text, scale);
  return units === 0n ? null : units;
}
