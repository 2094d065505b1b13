import type { InstrumentSpec } from "../../api/instrument-spec";
import type { OrderLeg, OrderType, SelfTradePrevention } from "../../api/types";
import { formatFixed, trimFixed } from "../../lib/fixed-point";
import type { OrderDraft } from "../../state/order-again";
import type { ListDraft } from "../../state/place-order";
import { hasPrice } from "./draft";
import type { Terms } from "./read-terms";

/** What is sent: exact text of whole units, and nothing that the kind of order does not have. */

export function orderOf(terms: Terms, spec: InstrumentSpec): OrderDraft {
  const { draft } = terms;
  const price = (units: bigint) => formatFixed(units, spec.priceDecimals);
  const qty = (units: bigint) => formatFixed(units, spec.qtyDecimals);
  return {
    symbol: spec.symbol,
    side: draft.side,
    type: draft.kind as OrderType,
    ...(terms.qty !== null && { qty: qty(terms.qty) }),
    ...(terms.budget !== null && { quote_budget: trimFixed(terms.budget, spec.quoteScale) }),
    ...(terms.price !== null && { price: price(terms.price) }),
    ...trigger(terms, spec),
    ...(terms.display !== null && { display_qty: qty(terms.display) }),
    ...(hasPrice(draft) ? inForce(terms) : { time_in_force: "ioc" as const }),
    ...(draft.kind === "limit" && { post_only: draft.postOnly }),
    ...prevention(draft.selfTradePrevention),
  };
}

/** The limit first: the exchange gives the list its id. */
export function listOf(terms: Terms, spec: InstrumentSpec): ListDraft {
  const { draft } = terms;
  const price = (units: bigint) => formatFixed(units, spec.priceDecimals);
  const limit: OrderLeg = { type: "limit", price: price(terms.price!), ...inForce(terms) };
  const stop: OrderLeg = {
    type: draft.stopLeg,
    ...trigger(terms, spec),
    ...(terms.stopLimit !== null && { price: price(terms.stopLimit), ...inForce(terms) }),
  };
  return {
    symbol: spec.symbol,
    side: draft.side,
    qty: formatFixed(terms.qty!, spec.qtyDecimals),
    legs: [limit, stop],
    ...prevention(draft.selfTradePrevention),
  };
}

function trigger(
  terms: Terms,
  spec: InstrumentSpec,
): Pick<OrderLeg, "trigger_price" | "trailing_bps"> {
  if (terms.trailingBps !== null) return { trailing_bps: terms.trailingBps };
  if (terms.trigger === null) return {};
  return { trigger_price: formatFixed(terms.trigger, spec.priceDecimals) };
}

function inForce({ draft, expiresAtS }: Terms): Pick<OrderLeg, "time_in_force" | "expire_at_s"> {
  return {
    time_in_force: draft.timeInForce,
    ...(expiresAtS !== null && { expire_at_s: expiresAtS }),
  };
}

function prevention(chosen: SelfTradePrevention): { self_trade_prevention?: SelfTradePrevention } {
  return chosen === "none" ? {} : { self_trade_prevention: chosen };
}
