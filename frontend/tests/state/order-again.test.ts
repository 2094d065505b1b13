import { expect, test } from "vitest";
import type { Order } from "../../src/api/types";
import { changeBack, draftAgain, type OrderDraft } from "../../src/state/order-again";

const SPEC = { qtyDecimals: 5 };
const SENT: OrderDraft = {
  symbol: "BTC-USDT",
  side: "buy",
  type: "limit",
  qty: "1.00000",
  price: "100.00",
  time_in_force: "gtc",
  post_only: true,
  self_trade_prevention: "cancel_maker",
};

function ended(terms: Partial<Order>): Order {
  return {
    qty: "1.00000",
    cum_qty: "0.00000",
    price: "100.00",
    trigger_price: null,
    trailing_bps: null,
    display_qty: null,
    ...terms,
  } as Order;
}

test("an order is placed again as it was sent", () => {
  expect(draftAgain(SENT, ended({}), SPEC)).toEqual(SENT);
});

test("with what was left of it, and at the price it had last", () => {
  const order = ended({ cum_qty: "0.40000", price: "99.50" });
  expect(draftAgain(SENT, order, SPEC)).toEqual({ ...SENT, qty: "0.60000", price: "99.50" });
});

test("not at all if nothing was left", () => {
  expect(draftAgain(SENT, ended({ cum_qty: "1.00000" }), SPEC)).toBeNull();
});

test("an iceberg that would show all of itself is none any more", () => {
  const sent = { ...SENT, display_qty: "0.50000" };
  const order = (cumQty: string) => ended({ cum_qty: cumQty, display_qty: "0.50000" });
  expect(draftAgain(sent, order("0.10000"), SPEC)?.display_qty).toBe("0.50000");
  expect(draftAgain(sent, order("0.50000"), SPEC)).not.toHaveProperty("display_qty");
});

test("a trailing stop trails anew, its trigger is not sent", () => {
  const { price: _, ...unpriced } = SENT;
  const sent: OrderDraft = { ...unpriced, type: "trailing_stop", trailing_bps: 150 };
  const order = ended({ price: null, trigger_price: "98.00", trailing_bps: 150 });
  expect(draftAgain(sent, order, SPEC)).toEqual(sent);
});

test("a change is taken back by the terms it changed, and no others", () => {
  const before = ended({ price: "100.00", trigger_price: "90.00" });
  expect(changeBack(before, { trigger_price: "91.00" })).toEqual({ trigger_price: "90.00" });
  expect(changeBack(before, { price: "101.00", qty: "2.00000" })).toEqual({
    price: "100.00",
    qty: "1.00000",
  });
});
