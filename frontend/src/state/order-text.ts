import type { InstrumentSpec } from "../api/instrument-spec";
import type { Order } from "../api/types";
import { t, translateIfKnown } from "../i18n/translate";
import { fixedFromServer, trimFixed } from "../lib/fixed-point";
import { groupDigits } from "../lib/format";

/** An order in words, the same ones wherever it is spoken of. */

export function sideText({ side }: Pick<Order, "side">): string {
  return t(side === "buy" ? "side.buy" : "side.sell");
}

export function qtyText(text: string, spec: InstrumentSpec): string {
  return groupDigits(trimFixed(fixedFromServer(text, spec.qtyDecimals), spec.qtyDecimals));
}

/** Hundredths of a percent as percent: 150 → "1.5 %". */
export function bpsText(bps: number): string {
  return `${trimFixed(BigInt(bps), 2)} %`;
}

/** At what it trades: its price, or what it waits for. */
export function termsText(order: Order): string {
  const price = order.price === null ? null : groupDigits(order.price);
  if (order.status !== "pending_trigger") return price ?? t("orders.market");
  const type = translateIfKnown(`named.${order.type}`) ?? order.type;
  if (order.trailing_bps !== null) {
    return t("orders.trails", { type, distance: bpsText(order.trailing_bps) });
  }
  const trigger = groupDigits(order.trigger_price ?? "");
  return price === null
    ? t("orders.waits", { type, trigger })
    : t("orders.waitsLimit", { type, trigger, price });
}

/** "Buy 0.25 BTC at 64,012.13". */
export function orderText(order: Order, spec: InstrumentSpec): string {
  const values = {
    side: sideText(order),
    qty: qtyText(order.leaves_qty, spec),
    asset: spec.base,
    terms: termsText(order),
  };
  return t(order.status === "pending_trigger" ? "orders.waiting" : "orders.resting", values);
}
