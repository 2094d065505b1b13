import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Amendment, Order } from "../../api/types";
import { fixedFromServer, formatFixed, trimFixed } from "../../lib/fixed-point";
import { type Problem, readStep } from "../../state/order-fields";

/** New terms of an open order: what may be changed, what is wrong with it, what is sent. */

export const TERMS = ["price", "trigger", "qty", "display"] as const;
export type Term = (typeof TERMS)[number];
export type AmendDraft = Partial<Record<Term, string>>;

/** What becomes of its turn: the exchange keeps it only for an order that shrinks at its price. */
export type Place = "keeps" | "loses" | "waits";

export interface AmendVerdict {
  problems: Partial<Record<Term | "order", Problem>>;
  /** Null while there is a problem, or nothing new. */
  change: Amendment | null;
  place: Place | null;
}

const FIELD = {
  price: "price",
  trigger: "trigger_price",
  qty: "qty",
  display: "display_qty",
} as const;

/** The order's own terms as text: only those that can be changed. */
export function termsOf(order: Order, spec: InstrumentSpec): AmendDraft {
  const waits = order.status === "pending_trigger";
  const plain = (text: string) =>
    trimFixed(fixedFromServer(text, spec.qtyDecimals), spec.qtyDecimals);
  return {
    ...(order.price !== null && { price: order.price }),
    ...(waits &&
      order.trailing_bps === null &&
      order.trigger_price !== null && { trigger: order.trigger_price }),
    qty: plain(order.qty),
    ...(order.display_qty !== null && { display: plain(order.display_qty) }),
  };
}

export function judgeAmendment(
  draft: AmendDraft,
  order: Order,
  spec: InstrumentSpec,
): AmendVerdict {
  const problems: AmendVerdict["problems"] = {};
  const change: Amendment = {};
  const before = termsOf(order, spec);
  for (const term of TERMS) {
    if (before[term] === undefined) continue;
    const [scale, step] = unitsOf(term, spec);
    const units = readStep(draft[term] ?? "", scale, step);
    if (typeof units !== "bigint") problems[term] = units;
    else if (units !== fixedFromServer(before[term], scale)) {
      change[FIELD[term]] = formatFixed(units, scale);
    }
  }
  const filled = fixedFromServer(order.cum_qty, spec.qtyDecimals);
  const qty = fixedFromServer(change.qty ?? order.qty, spec.qtyDecimals);
  if (filled > 0n && qty <= filled) {
    problems.qty = { key: "problem.filled", values: { qty: trimFixed(filled, spec.qtyDecimals) } };
  }
  if (Object.keys(problems).length > 0) return { problems, change: null, place: null };
  if (Object.keys(change).length === 0) {
    return { problems: { order: { key: "error.NOTHING_TO_CHANGE" } }, change: null, place: null };
  }
  return { problems, change, place: placeAfter(order, change, spec) };
}

export function unitsOf(term: Term, spec: InstrumentSpec): [scale: number, step: bigint] {
  const isPrice = term === "price" || term === "trigger";
  return isPrice ? [spec.priceDecimals, spec.tick] : [spec.qtyDecimals, spec.lot];
}

function placeAfter(order: Order, change: Amendment, spec: InstrumentSpec): Place {
  if (order.status === "pending_trigger") return "waits";
  const onlyQty = Object.keys(change).every((name) => name === "qty");
  const shrinks = onlyQty && isLess(change.qty!, order.qty, spec);
  return shrinks ? "keeps" : "loses";
}

function isLess(a: string, b: string, { qtyDecimals }: InstrumentSpec): boolean {
  return fixedFromServer(a, qtyDecimals) < fixedFromServer(b, qtyDecimals);
}
