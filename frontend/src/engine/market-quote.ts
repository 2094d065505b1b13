import type { Side } from "../api/types";
import { pow10 } from "../lib/fixed-point";
import type { Book } from "./book";

/** What an order would take from the book as it stands. Exactly one of qty and budget is given. */
export interface QuoteRequest {
  side: Side;
  /** Units of 10^-qtyDecimals. */
  qty?: bigint;
  /** Quote asset, units of 10^-(priceDecimals + qtyDecimals). */
  budget?: bigint;
  /** Takes nothing at a worse price than this, units of 10^-priceDecimals. */
  limit?: bigint;
  /** Smallest step of quantity, units of 10^-qtyDecimals. */
  lot: bigint;
}

export interface Quote {
  side: Side;
  /** What would fill, units of 10^-qtyDecimals. */
  qty: bigint;
  /** What it costs or brings, units of 10^-(priceDecimals + qtyDecimals). */
  cost: bigint;
  bestPrice: number;
  worstPrice: number;
  /** How far the average lies from the best price, ppm, always ≥ 0. */
  slippagePpm: number;
  /** The whole request would fill. */
  complete: boolean;
}

/** Null while there is nothing on the other side. */
export function quoteMarketOrder(book: Book, request: QuoteRequest): Quote | null {
  const side = request.side === "buy" ? book.asks : book.bids;
  const bestPrice = side.prices[0];
  if (bestPrice === undefined) return null;
  let worstPrice = bestPrice;
  let left = request.qty ?? 0n;
  let budget = request.budget ?? 0n;
  const byBudget = request.budget !== undefined;
  let qty = 0n;
  let cost = 0n;
  let complete = !byBudget && left === 0n;
  for (let level = 0; level < side.prices.length && !complete; level += 1) {
    const price = BigInt(side.prices[level]!);
    if (isWorse(price, request)) break;
    const open = BigInt(side.qtys[level]!);
    const wanted = byBudget ? lots(budget / price, request.lot) : left;
    const taken = wanted < open ? wanted : open;
    if (taken > 0n) worstPrice = side.prices[level]!;
    qty += taken;
    cost += taken * price;
    left -= taken;
    budget -= taken * price;
    complete = byBudget ? taken < open : left === 0n;
  }
  return {
    side: request.side,
    qty,
    cost,
    bestPrice,
    worstPrice,
    complete,
    slippagePpm: slippage(qty, cost, bestPrice),
  };
}

function isWorse(price: bigint, { side, limit }: QuoteRequest): boolean {
  if (limit === undefined) return false;
  return side === "buy" ? price > limit : price < limit;
}

function lots(qty: bigint, lot: bigint): bigint {
  return qty - (qty % lot);
}

function slippage(qty: bigint, cost: bigint, bestPrice: number): number {
  const atBest = qty * BigInt(bestPrice);
  if (atBest === 0n) return 0;
  const distance = cost > atBest ? cost - atBest : atBest - cost;
  return Number((distance * pow10(6)) / atBest);
}
