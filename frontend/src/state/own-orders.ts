import type { Fill, Order } from "../api/types";

/** Pure rules for the lists of own orders and fills: answers and stream overlap, and the newer one wins. */

const CLOSED_MAX = 200;
const FILLS_MAX = 200;

export interface OwnOrders {
  open: ReadonlyMap<number, Order>;
  /** Newest first. */
  closed: readonly Order[];
}

export function isOpen(order: Order): boolean {
  return ["pending_trigger", "new", "partially_filled"].includes(order.status);
}

/** Whether a stop that was known to wait has begun to trade. */
export function isTriggered(before: Order | undefined, now: Order): boolean {
  if (before?.status !== "pending_trigger" || now.seq < before.seq) return false;
  return ["new", "partially_filled", "filled"].includes(now.status);
}

/** Whether a stop or take-profit is set off as the price goes up, and not down. */
export function waitsForRise({ side, type }: Pick<Order, "side" | "type">): boolean {
  const takesProfit = type === "take_profit" || type === "take_profit_limit";
  return (side === "buy") !== takesProfit;
}

/** Newest first, the orders of a pair together. */
export function inRows(orders: Iterable<Order>): Order[] {
  const key = (order: Order) => order.list_id ?? order.order_id;
  return [...orders].sort((a, b) => key(b) - key(a) || a.order_id - b.order_id);
}

export function mergeOrder(own: OwnOrders, order: Order): OwnOrders {
  const known =
    own.open.get(order.order_id) ?? own.closed.find((one) => one.order_id === order.order_id);
  if (known !== undefined && known.seq > order.seq) return own;
  const open = new Map(own.open);
  open.delete(order.order_id);
  const closed = own.closed.filter((one) => one.order_id !== order.order_id);
  if (isOpen(order)) open.set(order.order_id, order);
  else closed.push(order);
  return { open, closed: newestFirst(closed).slice(0, CLOSED_MAX) };
}

/** A snapshot says which orders are open: whatever else was thought open is not. */
export function replaceOpen(own: OwnOrders, orders: readonly Order[]): OwnOrders {
  const start: OwnOrders = { open: new Map(), closed: own.closed };
  return orders.reduce(mergeOrder, start);
}

export function mergeClosed(own: OwnOrders, orders: readonly Order[]): OwnOrders {
  return orders.reduce(mergeOrder, own);
}

/** Newest first, each once. A trade with oneself is two fills of one trade. */
export function mergeFills(known: readonly Fill[], fresh: readonly Fill[]): readonly Fill[] {
  const byKey = new Map<string, Fill>();
  for (const fill of [...known, ...fresh]) byKey.set(`${fill.trade_id}/${fill.order_id}`, fill);
  return [...byKey.values()]
    .sort((a, b) => b.seq - a.seq || b.trade_id - a.trade_id)
    .slice(0, FILLS_MAX);
}

function newestFirst(orders: Order[]): Order[] {
  return orders.sort((a, b) => b.seq - a.seq || b.order_id - a.order_id);
}
