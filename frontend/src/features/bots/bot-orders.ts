import type { BotOrder } from "../../api/bots";
import { parseFixed } from "../../lib/fixed-point";

/** More decimals than any price has. */
const SCALE = 18;

/** The orders of one side, market by market, the best price of each first. */
export function ordersOf(
  orders: readonly BotOrder[],
  side: BotOrder["side"],
  symbols: readonly string[],
): BotOrder[] {
  const sign = side === "buy" ? -1n : 1n;
  const rank = (order: BotOrder) => sign * (parseFixed(order.price, SCALE) ?? 0n);
  return orders
    .filter((order) => order.side === side)
    .sort((one, other) => {
      const markets = symbols.indexOf(one.symbol) - symbols.indexOf(other.symbol);
      return markets === 0
        ? Number(rank(one) > rank(other)) - Number(rank(one) < rank(other))
        : markets;
    });
}
