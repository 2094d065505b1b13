import { describe, expect, test } from "vitest";
import type { Order } from "../../src/api/types";
import { judgeAmendment, termsOf } from "../../src/features/orders/amend-rules";
import { SPEC } from "./ticket-world";

function order(part: Partial<Order>): Order {
  return {
    order_id: 7,
    client_order_id: "seven",
    symbol: "BTC-USDT",
    side: "buy",
    type: "limit",
    time_in_force: "gtc",
    post_only: false,
    price: "64000.00",
    qty: "0.50000",
    quote_budget: null,
    trigger_price: null,
    trailing_bps: null,
    display_qty: null,
    expire_at_s: null,
    list_id: null,
    cum_qty: "0.00000",
    leaves_qty: "0.50000",
    avg_price: null,
    status: "new",
    reason: null,
    created_ts_ns: "1",
    updated_ts_ns: "1",
    seq: 1,
    ...part,
  };
}

const STOP = order({
  type: "stop_limit",
  status: "pending_trigger",
  trigger_price: "65000.00",
  price: "65010.00",
});

describe("new terms of an open order", () => {
  test("only what changed is sent", () => {
    const limit = order({});
    const draft = { ...termsOf(limit, SPEC), price: "63999.5" };
    expect(judgeAmendment(draft, limit, SPEC)).toEqual({
      problems: {},
      change: { price: "63999.50" },
      place: "loses",
    });
  });

  test("an order that shrinks at its price keeps its place; one that grows does not", () => {
    const limit = order({});
    const placeAt = (qty: string) => judgeAmendment({ price: "64000", qty }, limit, SPEC).place;
    expect([placeAt("0.4"), placeAt("0.6")]).toEqual(["keeps", "loses"]);
  });

  test("the same terms in other words are nothing new", () => {
    const { change, problems } = judgeAmendment({ price: "64000", qty: ".5" }, order({}), SPEC);
    expect([change, problems.order?.key]).toEqual([null, "error.NOTHING_TO_CHANGE"]);
  });

  test("the quantity stays above what is filled", () => {
    const half = order({ cum_qty: "0.20000", leaves_qty: "0.30000", status: "partially_filled" });
    const verdict = (qty: string) => judgeAmendment({ price: "64000", qty }, half, SPEC);
    expect(verdict("0.2").problems.qty).toEqual({ key: "problem.filled", values: { qty: "0.2" } });
    expect(verdict("0.20001").change).toEqual({ qty: "0.20001" });
  });

  test("a trigger is changed while it waits, and is none once it was set off", () => {
    expect(termsOf(STOP, SPEC)).toEqual({ price: "65010.00", trigger: "65000.00", qty: "0.5" });
    const draft = { ...termsOf(STOP, SPEC), trigger: "65100" };
    expect(judgeAmendment(draft, STOP, SPEC)).toMatchObject({
      change: { trigger_price: "65100.00" },
      place: "waits",
    });
    expect(termsOf({ ...STOP, status: "new" }, SPEC)).not.toHaveProperty("trigger");
  });

  test("a trailing stop keeps its distance: only its quantity is changed", () => {
    const trailing = order({
      type: "trailing_stop",
      status: "pending_trigger",
      price: null,
      trailing_bps: 100,
      trigger_price: "63000.00",
    });
    expect(termsOf(trailing, SPEC)).toEqual({ qty: "0.5" });
  });
});
