import type { SeriesAttachedParameter, Time } from "lightweight-charts";
import { expect, test } from "vitest";
import type { InstrumentSpec } from "../../src/api/instrument-spec";
import type { Fill, Order } from "../../src/api/types";
import { BarTable } from "../../src/features/chart/bar-table";
import { arrowsOf } from "../../src/features/chart/fill-arrows";
import { FillLayer } from "../../src/features/chart/fill-layer";
import { ownLines } from "../../src/features/chart/own-lines";

const SPEC = {
  symbol: "BTC-USDT",
  base: "BTC",
  quote: "USDT",
  priceDecimals: 2,
  qtyDecimals: 5,
} as InstrumentSpec;

const bars = (...times: number[]) =>
  Float64Array.from(times.flatMap((time) => [time, 1, 1, 1, 1, 1]));

function fill(orderId: number, timeS: number, price: string, terms: Partial<Fill> = {}): Fill {
  return {
    symbol: "BTC-USDT",
    order_id: orderId,
    trade_id: timeS,
    side: "buy",
    price,
    qty: "1.00000",
    ts_ns: `${timeS}000000000`,
    ...terms,
  } as Fill;
}

function order(id: number, terms: Partial<Order>): Order {
  return {
    order_id: id,
    symbol: "BTC-USDT",
    side: "sell",
    type: "limit",
    status: "new",
    price: null,
    trigger_price: null,
    trailing_bps: null,
    list_id: null,
    leaves_qty: "1.00000",
    ...terms,
  } as Order;
}

test("a time is in the bar that began last before it, and in none before the first", () => {
  const table = new BarTable();
  expect(table.openOf(60)).toBeNull();
  table.replace(bars(60, 120, 300));
  expect([59, 60, 119, 120, 299, 900].map((time) => table.openOf(time))).toEqual([
    null,
    60,
    60,
    120,
    120,
    300,
  ]);
});

test("the fills of one order in one bar are one arrow, at their average", () => {
  const barOf = (timeS: number) => Math.floor(timeS / 60) * 60;
  const fills = [
    fill(1, 61, "100.00"),
    fill(1, 62, "101.00"),
    fill(1, 125, "103.00"),
    fill(2, 63, "99.00", { side: "sell" }),
    fill(3, 64, "5.00", { symbol: "ETH-USDT" }),
  ];
  const arrows = arrowsOf(fills, SPEC, barOf);
  expect(arrows.map(({ time, price, side }) => [time, price, side])).toEqual([
    [60, 100.5, "buy"],
    [120, 103, "buy"],
    [60, 99, "sell"],
  ]);
  expect(arrows[0]?.text).toBe("Bought 2 BTC at 100.50 average, 2 fills");
});

test("a fill from before the bars on the chart has no arrow", () => {
  expect(arrowsOf([fill(1, 61, "100.00")], SPEC, () => null)).toEqual([]);
});

test("an arrow is found under the pointer: what was bought below its price, what was sold above", () => {
  const layer = new FillLayer("white", "black");
  layer.attached({
    chart: { timeScale: () => ({ timeToCoordinate: (time: number) => time }) },
    series: { priceToCoordinate: (price: number) => price },
    requestUpdate: () => undefined,
  } as unknown as SeriesAttachedParameter<Time>);
  layer.show([
    { time: 100, price: 50, side: "buy", text: "bought" },
    { time: 200, price: 50, side: "sell", text: "sold" },
  ]);
  const textAt = (x: number, y: number) =>
    layer.placeOf(layer.hitTest(x, y)?.externalId)?.arrow.text ?? null;
  expect(textAt(100, 56)).toBe("bought");
  expect(textAt(100, 44)).toBeNull();
  expect(textAt(200, 44)).toBe("sold");
  expect(textAt(150, 56)).toBeNull();
});

test("what waits has a line at its trigger, and one at its limit; both can be moved", () => {
  const waits = { type: "stop_limit", status: "pending_trigger" } as const;
  const lines = ownLines([order(1, { ...waits, price: "90.00", trigger_price: "91.00" })], SPEC);
  expect(lines).toEqual([
    { orderId: 1, term: "price", price: 90, title: "Sell 1" },
    { orderId: 1, term: "trigger", price: 91, title: "Stop limit Sell 1" },
  ]);
});

test("once triggered only the limit is left, and a trailing stop's trigger moves by itself alone", () => {
  const triggered = order(1, { type: "stop_limit", price: "90.00", trigger_price: "91.00" });
  const trails = order(2, {
    type: "trailing_stop",
    status: "pending_trigger",
    trigger_price: "80.00",
    trailing_bps: 100,
  });
  expect(ownLines([triggered, trails], SPEC).map(({ orderId, price }) => [orderId, price])).toEqual(
    [
      [1, 90],
      [null, 80],
    ],
  );
});

test("orders at one price share a line that nobody can move, and so does a pair", () => {
  const two = ownLines([order(1, { price: "90.00" }), order(2, { price: "90.00" })], SPEC);
  expect(two).toEqual([{ orderId: null, term: "price", price: 90, title: "Sell 2" }]);
  expect(ownLines([order(3, { price: "90.00", list_id: 3 })], SPEC)[0]?.orderId).toBeNull();
});
