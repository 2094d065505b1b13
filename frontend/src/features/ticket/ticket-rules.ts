import type { InstrumentSpec } from "../../api/instrument-spec";
import type { NewOrder, OrderType, Side, TimeInForce } from "../../api/types";
import type { Quote, QuoteRequest } from "../../engine/market-quote";
import type { MessageKey, MessageValues } from "../../i18n/translate";
import {
  divideUp,
  floorTo,
  formatFixed,
  notional,
  parseFixed,
  pow10,
  rescale,
  trimFixed,
} from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";

/** What the ticket holds, as typed. */
export interface Draft {
  side: Side;
  type: OrderType;
  price: string;
  /** Base quantity, or, when `byBudget`, the quote amount to spend. */
  amount: string;
  /** Only a market buy may be given by what it spends. */
  byBudget: boolean;
  timeInForce: TimeInForce;
  postOnly: boolean;
}

/** What the ticket knows of the world. Funds are null while unknown, prices null without such a side. */
export interface World {
  spec: InstrumentSpec;
  /** Price units. */
  bestBid: bigint | null;
  bestAsk: bigint | null;
  /** What a market order of this size would do. */
  quote: Quote | null;
  /** Available base and quote asset, at the asset's scale. */
  base: bigint | null;
  quoteFunds: bigint | null;
}

export interface Problem {
  key: MessageKey;
  values?: MessageValues;
}

export interface Estimate {
  /** Quote asset at its scale. */
  total: bigint;
  role: "maker" | "taker";
  feePpm: bigint;
  /** Of the asset received, at its scale; rounded up, as the exchange does. */
  fee: bigint;
  received: bigint;
  receivedAsset: string;
  receivedScale: number;
  /** Quote asset per base, price units; only of a market order. */
  average: bigint | null;
  slippagePpm: number | null;
}

export interface Verdict {
  problems: { price?: Problem; amount?: Problem; order?: Problem };
  estimate: Estimate | null;
  /** Ready to send; null while there is a problem. */
  order: Omit<NewOrder, "client_order_id"> | null;
}

export function judge(draft: Draft, world: World): Verdict {
  return draft.type === "limit" ? judgeLimit(draft, world) : judgeMarket(draft, world);
}

/** What to ask the worker about, null while the draft is not a readable market order. */
export function quoteRequest(draft: Draft, spec: InstrumentSpec): QuoteRequest | null {
  if (draft.type !== "market") return null;
  const scale = draft.byBudget ? spec.quoteScale : spec.qtyDecimals;
  const amount = parseFixed(draft.amount, scale);
  if (amount === null || amount === 0n) return null;
  const { side } = draft;
  if (!draft.byBudget) return { side, qty: amount, lot: spec.lot };
  const budget = rescale(amount, spec.quoteScale, spec.priceDecimals + spec.qtyDecimals);
  return { side, budget, lot: spec.lot };
}

/** The amount that is `percent` of what is available, as text; null while that cannot be said. */
export function amountForShare(percent: number, draft: Draft, world: World): string | null {
  const { spec } = world;
  const share = BigInt(percent);
  if (draft.side === "sell") {
    if (world.base === null) return null;
    const qty = rescale((world.base * share) / 100n, spec.baseScale, spec.qtyDecimals);
    return formatFixed(floorTo(qty, spec.lot), spec.qtyDecimals);
  }
  if (world.quoteFunds === null) return null;
  const budget = (world.quoteFunds * share) / 100n;
  if (draft.type === "market" && draft.byBudget) return trimFixed(budget, spec.quoteScale);
  const price =
    draft.type === "limit" ? parseFixed(draft.price, spec.priceDecimals) : world.bestAsk;
  if (price === null || price === 0n) return null;
  const shift = spec.priceDecimals + spec.qtyDecimals;
  const qty = rescale(budget, spec.quoteScale, shift) / price;
  return formatFixed(floorTo(qty, spec.lot), spec.qtyDecimals);
}

function judgeLimit(draft: Draft, world: World): Verdict {
  const { spec } = world;
  const price = readStep(draft.price, spec.priceDecimals, spec.tick, "problem.tick");
  const qty = readStep(draft.amount, spec.qtyDecimals, spec.lot, "problem.lot");
  const problems: Verdict["problems"] = {};
  if (typeof price !== "bigint") problems.price = price;
  if (typeof qty !== "bigint") problems.amount = qty;
  if (typeof price !== "bigint" || typeof qty !== "bigint") {
    return { problems, estimate: null, order: null };
  }
  const { priceDecimals, qtyDecimals, quoteScale } = spec;
  const total = notional(price, priceDecimals, qty, qtyDecimals, quoteScale);
  const crosses = crossesBook(draft.side, price, world);
  const estimate = estimateOf(draft.side, qty, total, crosses ? "taker" : "maker", spec);
  const problem =
    belowMinimum(total, spec) ??
    beyondFunds(draft.side, qty, total, world) ??
    (draft.postOnly && crosses ? { key: "problem.crosses" as const } : notTrading(spec));
  if (problem !== null) return { problems: { order: problem }, estimate, order: null };
  return {
    problems,
    estimate,
    order: {
      symbol: spec.symbol,
      side: draft.side,
      type: "limit",
      price: formatFixed(price, priceDecimals),
      qty: formatFixed(qty, qtyDecimals),
      time_in_force: draft.timeInForce,
      post_only: draft.postOnly && draft.timeInForce === "gtc",
    },
  };
}

function judgeMarket(draft: Draft, world: World): Verdict {
  const { spec, quote } = world;
  const amount = draft.byBudget
    ? readStep(draft.amount, spec.quoteScale, 1n, "problem.number")
    : readStep(draft.amount, spec.qtyDecimals, spec.lot, "problem.lot");
  if (typeof amount !== "bigint") {
    return { problems: { amount }, estimate: null, order: null };
  }
  const known = quote?.side === draft.side ? quote : null;
  const shift = spec.priceDecimals + spec.qtyDecimals;
  const total = known === null ? 0n : rescale(known.cost, shift, spec.quoteScale);
  const qty = draft.byBudget ? (known?.qty ?? 0n) : amount;
  const spent = draft.byBudget ? amount : total;
  const problem =
    noOtherSide(draft.side, world) ??
    beyondFunds(draft.side, qty, spent, world) ??
    (known === null ? null : belowMinimum(draft.byBudget ? amount : total, spec)) ??
    notTrading(spec);
  const estimate = known === null ? null : marketEstimate(draft.side, known, total, spec);
  if (problem !== null) return { problems: { order: problem }, estimate, order: null };
  const { side } = draft;
  const size = draft.byBudget
    ? { quote_budget: trimFixed(amount, spec.quoteScale) }
    : { qty: formatFixed(amount, spec.qtyDecimals) };
  return {
    problems: {},
    estimate,
    order: { symbol: spec.symbol, side, type: "market", time_in_force: "ioc", ...size },
  };
}

function marketEstimate(side: Side, quote: Quote, total: bigint, spec: InstrumentSpec): Estimate {
  return {
    ...estimateOf(side, quote.qty, total, "taker", spec),
    average: quote.qty === 0n ? null : (quote.cost + quote.qty / 2n) / quote.qty,
    slippagePpm: quote.qty === 0n ? null : quote.slippagePpm,
  };
}

/** Fees come out of what is received: base for a buyer, quote for a seller. */
function estimateOf(
  side: Side,
  qty: bigint,
  total: bigint,
  role: "maker" | "taker",
  spec: InstrumentSpec,
): Estimate {
  const feePpm = role === "maker" ? spec.makerFeePpm : spec.takerFeePpm;
  const gross = side === "buy" ? rescale(qty, spec.qtyDecimals, spec.baseScale) : total;
  const fee = divideUp(gross * feePpm, pow10(6));
  return {
    total,
    role,
    feePpm,
    fee,
    received: gross - fee,
    receivedAsset: side === "buy" ? spec.base : spec.quote,
    receivedScale: side === "buy" ? spec.baseScale : spec.quoteScale,
    average: null,
    slippagePpm: null,
  };
}

function readStep(
  text: string,
  scale: number,
  step: bigint,
  key: "problem.tick" | "problem.lot" | "problem.number",
): bigint | Problem {
  if (text.trim() === "") return { key: "problem.required" };
  const units = parseFixed(text, scale);
  if (units === null) {
    const isNumber = parseFixed(text, 30) !== null;
    return isNumber ? stepProblem(key, step, scale) : { key: "problem.number" };
  }
  if (units === 0n) return { key: "problem.zero" };
  return units % step === 0n ? units : stepProblem(key, step, scale);
}

function stepProblem(
  key: "problem.tick" | "problem.lot" | "problem.number",
  step: bigint,
  scale: number,
): Problem {
  return {
    key: key === "problem.number" ? "problem.lot" : key,
    values: { step: trimFixed(step, scale) },
  };
}

function crossesBook(side: Side, price: bigint, world: World): boolean {
  if (side === "buy") return world.bestAsk !== null && price >= world.bestAsk;
  return world.bestBid !== null && price <= world.bestBid;
}

function belowMinimum(total: bigint, spec: InstrumentSpec): Problem | null {
  if (total >= spec.minNotional) return null;
  const amount = groupDigits(trimFixed(spec.minNotional, spec.quoteScale));
  return { key: "problem.minimum", values: { amount, asset: spec.quote } };
}

function beyondFunds(side: Side, qty: bigint, total: bigint, world: World): Problem | null {
  const { spec } = world;
  const funds = side === "buy" ? world.quoteFunds : world.base;
  const needed = side === "buy" ? total : rescale(qty, spec.qtyDecimals, spec.baseScale);
  if (funds === null || needed <= funds) return null;
  const [asset, scale] =
    side === "buy" ? [spec.quote, spec.quoteScale] : [spec.base, spec.baseScale];
  return { key: "problem.funds", values: { amount: groupDigits(trimFixed(funds, scale)), asset } };
}

function noOtherSide(side: Side, world: World): Problem | null {
  const best = side === "buy" ? world.bestAsk : world.bestBid;
  return best === null ? { key: "problem.noLiquidity" } : null;
}

/** The message's {status} is a word of the catalogue: the view puts it in. */
function notTrading(spec: InstrumentSpec): Problem | null {
  return spec.status === "trading" ? null : { key: "problem.status" };
}
