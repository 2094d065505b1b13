import { expect, test } from "vitest";
import type { InstrumentSpec } from "../../src/api/instrument-spec";
import type { Fill, Order } from "../../src/api/types";
import { fillText } from "../../src/state/fill-notices";
import {
  inRows,
  isTriggered,
  mergeFills,
  mergeOrder,
  type OwnOrders,
  replaceOpen,
  waitsForRise,
} from "../../src/state/own-orders";

const NONE: OwnOrders = { open: new Map(), closed: [] };

function order(id: number, seq: number, status: Order["status"] = "new"): Order {
  return {
    order_id: id,
    client_order_id: `c${id}`,
    symbol: "BTC-USDT",
    side: "buy",
    type: "limit",
    time_in_force: "gtc",
    post_only: false,
    price: "100.00",
    qty: "1.00000",
    quote_budget: null,
    trigger_price: null,
    trailing_bps: null,
    list_id: null,
    display_qty: null,
    expire_at_s: null,
    cum_qty: "0.00000",
    leaves_qty: "1.00000",
    avg_price: null,
    status,
    reason: null,
    created_ts_ns: "1",
    updated_ts_ns: "1",
    seq,
  };
}

function fill(tradeId: number, price: string, qty: string, seq = tradeId): Fill {
  return {
    trade_id: tradeId,
    order_id: 1,
    symbol: "BTC-USDT",
    side: "buy",
    price,
    qty,
    fee: "0",
    fee_asset: "BTC",
    liquidity: "taker",
    ts_ns: "1",
    seq,
  };
}

test("an answer that arrives after the stream's newer word does not undo it", () => {
  const canceled = mergeOrder(NONE, order(1, 20, "canceled"));
  const late = mergeOrder(canceled, order(1, 10));
  expect([late.open.size, late.closed.length]).toEqual([0, 1]);
});

test("an order that ends moves from open to ended, once", () => {
  const own = [order(1, 10), order(1, 11, "partially_filled"), order(1, 12, "filled")].reduce(
    mergeOrder,
    NONE,
  );
  expect([own.open.size, own.closed.map((one) => one.status)]).toEqual([0, ["filled"]]);
});

test("a snapshot drops what is no longer open", () => {
  const own = [order(1, 10), order(2, 11)].reduce(mergeOrder, NONE);
  expect([...replaceOpen(own, [order(2, 11)]).open.keys()]).toEqual([2]);
});

test("an order that waits for its trigger is open", () => {
  const own = [order(1, 10, "pending_trigger")].reduce(mergeOrder, NONE);
  expect([own.open.size, own.closed.length]).toEqual([1, 0]);
});

test("ended orders are newest first", () => {
  const own = [order(1, 30, "filled"), order(2, 40, "canceled")].reduce(mergeOrder, NONE);
  expect(own.closed.map((one) => one.order_id)).toEqual([2, 1]);
});

test("a fill known twice is shown once", () => {
  const fills = mergeFills(
    [fill(1, "100.00", "1")],
    [fill(1, "100.00", "1"), fill(2, "1.00", "1")],
  );
  expect(fills.map((one) => one.trade_id)).toEqual([2, 1]);
});

const SPEC = { base: "BTC", priceDecimals: 2, qtyDecimals: 5 } as InstrumentSpec;

test("a fill is told in one plain sentence", () => {
  expect(fillText([fill(1, "64012.13", "0.25000")], SPEC)).toBe("Bought 0.25 BTC at 64,012.13");
});

test("fills at several prices are told by their exact average", () => {
  const fills = [fill(1, "100.00", "1.00000"), fill(2, "101.00", "2.00000")];
  expect(fillText(fills, SPEC)).toBe("Bought 3 BTC at 100.67 average, 2 fills");
});

test("the orders of a pair stand together, newest pair or order first", () => {
  const pair = (id: number) => ({ ...order(id, id), list_id: 3 });
  const rows = inRows([order(1, 1), pair(4), order(5, 5), pair(3)]);
  expect(rows.map((row) => row.order_id)).toEqual([5, 3, 4, 1]);
});

test("a stop is triggered when it begins to trade, not when it is canceled or known already", () => {
  const waiting = order(1, 1, "pending_trigger");
  expect(isTriggered(waiting, order(1, 2, "filled"))).toBe(true);
  expect(isTriggered(waiting, order(1, 2, "canceled"))).toBe(false);
  expect(isTriggered(order(1, 2), order(1, 3, "filled"))).toBe(false);
  expect(isTriggered(undefined, order(1, 2))).toBe(false);
});

test("a stop follows the price, a take-profit goes against it", () => {
  const waits = (side: "buy" | "sell", type: Order["type"]) => waitsForRise({ side, type });
  expect([waits("buy", "stop"), waits("sell", "trailing_stop")]).toEqual([true, false]);
  expect([waits("buy", "take_profit"), waits("sell", "take_profit_limit")]).toEqual([false, true]);
});
