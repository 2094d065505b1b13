import type { HistoryFilter } from "../../api/account-history";
import type { Fill, Order } from "../../api/types";
import { isDay, localDayNs } from "../../lib/days";

/** What of the orders and fills is shown. It stands in the address, so that a view can be kept and passed on. */

export const ENDED = ["filled", "canceled", "expired", "rejected"] as const;
export const TYPES = [
  "limit",
  "market",
  "stop",
  "stop_limit",
  "take_profit",
  "take_profit_limit",
  "trailing_stop",
] as const;

/** "" does not filter. */
export interface OrderFilter {
  symbol: string;
  side: string;
  status: string;
  type: string;
  /** Days, both included. */
  from: string;
  to: string;
  /** A part of an id. */
  text: string;
}

export const NO_FILTER: OrderFilter = {
  symbol: "",
  side: "",
  status: "",
  type: "",
  from: "",
  to: "",
  text: "",
};

const TEXT_MAX = 36;

/** The filter in an address; what makes no sense there does not filter. */
export function readFilter(params: URLSearchParams): OrderFilter {
  const of = (name: string, known: readonly string[]) => {
    const value = params.get(name) ?? "";
    return known.includes(value) ? value : "";
  };
  const day = (name: string) => {
    const value = params.get(name) ?? "";
    return isDay(value) ? value : "";
  };
  return {
    symbol: params.get("symbol") ?? "",
    side: of("side", ["buy", "sell"]),
    status: of("status", ENDED),
    type: of("type", TYPES),
    from: day("from"),
    to: day("to"),
    text: (params.get("text") ?? "").slice(0, TEXT_MAX),
  };
}

/** The address's part that says so; what else stood there stays. */
export function writeFilter(params: URLSearchParams, filter: OrderFilter): URLSearchParams {
  const written = new URLSearchParams(params);
  for (const [name, value] of Object.entries(filter)) {
    if (value === "") written.delete(name);
    else written.set(name, value);
  }
  return written;
}

/** What the exchange is asked for; the rest of the filter is for `matches`. */
export function askedOf(filter: OrderFilter, kind: "orders" | "fills"): HistoryFilter {
  const { symbol, side, status, from, to } = filter;
  return {
    symbol,
    side,
    from_ts_ns: from === "" ? undefined : localDayNs(from),
    to_ts_ns: to === "" ? undefined : localDayNs(to, 1),
    status: kind === "fills" ? undefined : status === "" ? "closed" : status,
  };
}

export function matchesOrder(order: Order, filter: OrderFilter): boolean {
  return (
    (filter.symbol === "" || order.symbol === filter.symbol) &&
    (filter.side === "" || order.side === filter.side) &&
    (filter.type === "" || order.type === filter.type) &&
    hasText([String(order.order_id), order.client_order_id], filter.text)
  );
}

export function matchesFill(fill: Fill, filter: OrderFilter): boolean {
  return hasText([String(fill.order_id), String(fill.trade_id)], filter.text);
}

function hasText(ids: readonly string[], text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return wanted === "" || ids.some((id) => id.toLowerCase().includes(wanted));
}
