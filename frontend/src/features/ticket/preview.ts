import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Side } from "../../api/types";
import type { Quote } from "../../engine/market-quote";
import { divideUp, notional, pow10, rescale } from "../../lib/fixed-point";
import { rests } from "./draft";
import type { Terms } from "./read-terms";
import { worstBuyPrice } from "./triggers";
import type { World } from "./world";

/** What an order comes to, before it is sent. Money is in units of the asset's scale. */

export type Role = "maker" | "taker";

/** One way it may end: a pair has two. */
export interface Estimate {
  /** Quote asset. */
  total: bigint;
  role: Role;
  /** Of the asset received; rounded up, as the exchange does. */
  fee: bigint;
  received: bigint;
}

/** What it would take from the book at once. */
export interface Taken {
  /** Quantity units. */
  qty: bigint;
  /** Quote asset per base, price units. */
  average: bigint;
  slippagePpm: number;
  /** All that is asked for. */
  complete: boolean;
}

export interface Preview {
  /** One; of a pair two: its limit's, then its stop's. Empty while the book does not say. */
  estimates: readonly Estimate[];
  taken: Taken | null;
  /** What is kept from being spent twice, of the asset that pays. Null while the book does not say. */
  hold: bigint | null;
}

export function previewOf(terms: Terms, world: World): Preview {
  const quote = world.quote?.side === terms.draft.side ? world.quote : null;
  const taken = quote === null ? null : takenOf(quote);
  if (terms.draft.kind === "market") return previewMarket(terms, quote, taken, world.spec);
  if (terms.draft.kind === "limit") return previewLimit(terms, quote, taken, world);
  return { estimates: waiting(terms, world.spec), taken: null, hold: holdOf(terms, world.spec) };
}

/** Of an order with a price or a trigger: what it holds as it enters. */
export function holdOf(terms: Terms, spec: InstrumentSpec): bigint {
  const { draft, qty } = terms;
  if (draft.side === "sell") return rescale(qty!, spec.qtyDecimals, spec.baseScale);
  return value(holdPrice(terms, spec), qty!, spec);
}

/** What a buy holds for one; of a pair the larger of the two. */
export function holdPrice(
  { draft, price, trigger, stopLimit }: Pick<Terms, "draft" | "price" | "trigger" | "stopLimit">,
  spec: InstrumentSpec,
): bigint {
  if (draft.kind !== "oco") return price ?? worstBuyPrice(trigger!, spec);
  const stop = stopLimit ?? worstBuyPrice(trigger!, spec);
  return stop > price! ? stop : price!;
}

/** Worth at its price, or at its trigger if it has no other: what the least value is asked of. */
export function leastValue(terms: Terms, spec: InstrumentSpec): bigint {
  const { draft, price, trigger, stopLimit, qty } = terms;
  const own = price ?? trigger!;
  const stop = draft.kind === "oco" ? (stopLimit ?? trigger!) : own;
  return value(stop < own ? stop : own, qty!, spec);
}

function waiting(terms: Terms, spec: InstrumentSpec): Estimate[] {
  const { draft, price, trigger, stopLimit, qty } = terms;
  const at = (one: bigint, role: Role) =>
    estimate(draft.side, qty!, value(one, qty!, spec), role, spec);
  if (draft.kind !== "oco") return [at(price ?? trigger!, "taker")];
  return [at(price!, "maker"), at(stopLimit ?? trigger!, "taker")];
}

function previewMarket(
  { draft, qty, budget }: Terms,
  quote: Quote | null,
  taken: Taken | null,
  spec: InstrumentSpec,
): Preview {
  const sold = draft.side === "sell" ? (qty ?? quote?.qty ?? null) : null;
  const inBase = sold === null ? null : rescale(sold, spec.qtyDecimals, spec.baseScale);
  if (quote === null) {
    return { estimates: [], taken, hold: draft.side === "buy" ? budget : inBase };
  }
  const total = costOf(quote, spec);
  return {
    estimates: [estimate(draft.side, quote.qty, total, "taker", spec)],
    taken,
    hold: draft.side === "buy" ? (budget ?? total) : inBase,
  };
}

/** What it takes at once at the book's prices, the rest (if it may rest) at its own. */
function previewLimit(
  terms: Terms,
  quote: Quote | null,
  taken: Taken | null,
  world: World,
): Preview {
  const { spec } = world;
  const { draft, price, qty } = terms;
  const hold = holdOf(terms, spec);
  const whole = value(price!, qty!, spec);
  if (quote === null || taken === null) {
    const role = crosses(draft.side, price!, world) ? "taker" : "maker";
    return { estimates: [estimate(draft.side, qty!, whole, role, spec)], taken: null, hold };
  }
  const takes = draft.timeInForce === "fok" && !taken.complete ? 0n : taken.qty;
  const cost = takes === 0n ? 0n : costOf(quote, spec);
  const now = estimate(draft.side, takes, cost, "taker", spec);
  if (!rests(draft.timeInForce)) return { estimates: [now], taken, hold };
  const left = qty! - takes;
  const later = estimate(draft.side, left, value(price!, left, spec), "maker", spec);
  return { estimates: [sum(now, later)], taken, hold };
}

export function crosses(side: Side, price: bigint, { bestBid, bestAsk }: World): boolean {
  if (side === "buy") return bestAsk !== null && price >= bestAsk;
  return bestBid !== null && price <= bestBid;
}

function sum(one: Estimate, other: Estimate): Estimate {
  return {
    total: one.total + other.total,
    role: one.total > 0n ? one.role : other.role,
    fee: one.fee + other.fee,
    received: one.received + other.received,
  };
}

/** Fees come out of what is received: base for a buyer, quote for a seller. */
function estimate(
  side: Side,
  qty: bigint,
  total: bigint,
  role: Role,
  spec: InstrumentSpec,
): Estimate {
  const feePpm = role === "maker" ? spec.makerFeePpm : spec.takerFeePpm;
  const gross = side === "buy" ? rescale(qty, spec.qtyDecimals, spec.baseScale) : total;
  const fee = divideUp(gross * feePpm, pow10(6));
  return { total, role, fee, received: gross - fee };
}

function takenOf(quote: Quote): Taken | null {
  if (quote.qty === 0n) return null;
  return {
    qty: quote.qty,
    average: (quote.cost + quote.qty / 2n) / quote.qty,
    slippagePpm: quote.slippagePpm,
    complete: quote.complete,
  };
}

function costOf(quote: Quote, spec: InstrumentSpec): bigint {
  return rescale(quote.cost, spec.priceDecimals + spec.qtyDecimals, spec.quoteScale);
}

function value(price: bigint, qty: bigint, spec: InstrumentSpec): bigint {
  return notional(price, spec.priceDecimals, qty, spec.qtyDecimals, spec.quoteScale);
}
