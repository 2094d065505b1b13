import type { InstrumentSpec } from "../api/instrument-spec";
import type { Amendment, NewOrder, Order } from "../api/types";
import { fixedFromServer, formatFixed } from "../lib/fixed-point";

/** How a step is taken back: pure rules. */

export type OrderDraft = Omit<NewOrder, "client_order_id">;

/**
 * The order once more, with what was left of it and the terms it had last. An order does not say how it keeps
 * from trading with its own kind, so what was sent is needed, too. Null: nothing was left.
 */
export function draftAgain(
  sent: OrderDraft,
  ended: Order,
  { qtyDecimals }: Pick<InstrumentSpec, "qtyDecimals">,
): OrderDraft | null {
  const qty = (text: string) => fixedFromServer(text, qtyDecimals);
  const left = qty(ended.qty) - qty(ended.cum_qty);
  if (left <= 0n) return null;
  const { display_qty: display, price, trigger_price: trigger, trailing_bps: bps } = ended;
  const { display_qty: _, ...terms } = sent;
  return {
    ...terms,
    qty: formatFixed(left, qtyDecimals),
    ...(price !== null && { price }),
    ...(trigger !== null && bps === null && { trigger_price: trigger }),
    // An order that shows all of itself is not an iceberg any more.
    ...(display !== null && qty(display) < left && { display_qty: display }),
  };
}

/** What has to change for an order to have the terms again that it had. */
export function changeBack(before: Order, change: Amendment): Amendment {
  return {
    ...(change.price != null && { price: before.price }),
    ...(change.qty != null && { qty: before.qty }),
    ...(change.trigger_price != null && { trigger_price: before.trigger_price }),
    ...(change.display_qty != null && { display_qty: before.display_qty }),
  };
}
