import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Order } from "../../api/types";
import { t } from "../../i18n/translate";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import type { OwnLine } from "./candle-chart";

type Term = OwnLine["term"];

interface Place {
  order: Order;
  term: Term;
  price: string;
  qty: bigint;
  count: number;
}

/** One line a side, price and term, with the quantity of all orders there. */
export function ownLines(orders: Iterable<Order>, spec: InstrumentSpec): OwnLine[] {
  const byPlace = new Map<string, Place>();
  for (const order of orders) {
    if (order.symbol !== spec.symbol) continue;
    for (const [term, price] of termsOf(order)) {
      const kind = term === "trigger" ? order.type : "";
      const key = `${order.side} ${term} ${kind} ${price}`;
      const place = byPlace.get(key) ?? { order, term, price, qty: 0n, count: 0 };
      place.qty += fixedFromServer(order.leaves_qty, spec.qtyDecimals);
      place.count += 1;
      byPlace.set(key, place);
    }
  }
  return [...byPlace.values()].map((place) => lineOf(place, spec));
}

/** Where an order stands: at its price, and, while it waits, at what sets it off. */
function termsOf(order: Order): [term: Term, price: string][] {
  const terms: [Term, string][] = [];
  if (order.price !== null) terms.push(["price", order.price]);
  if (order.status === "pending_trigger" && order.trigger_price !== null) {
    terms.push(["trigger", order.trigger_price]);
  }
  return terms;
}

function lineOf({ order, term, price, qty, count }: Place, spec: InstrumentSpec): OwnLine {
  const text = t(order.side === "buy" ? "chart.ownBuy" : "chart.ownSell", {
    qty: trimFixed(qty, spec.qtyDecimals),
  });
  return {
    // Of several orders on one line none is meant, and a pair cannot be changed.
    orderId: count === 1 && order.list_id === null && canMove(order, term) ? order.order_id : null,
    term,
    price: Number(price),
    title:
      term === "price" ? text : t("chart.waits", { type: t(`type.${order.type}`), order: text }),
  };
}

/** A trailing stop's trigger follows the market, and nothing else. */
function canMove(order: Order, term: Term): boolean {
  return term === "price" || order.trailing_bps === null;
}
