import { expect, test } from "vitest";
import type { InstrumentSpec } from "../../src/api/instrument-spec";
import { Book } from "../../src/engine/book";
import { BAR } from "../../src/engine/candle-series";
import { encodeDepthFrame } from "../../src/engine/depth-frame";
import { BarTable } from "../../src/features/chart/bar-table";
import { DepthCurve } from "../../src/features/chart/depth-curve";
import { nearestPrice } from "../../src/features/chart/nearest-price";

const bars = (...rows: [time: number, close: number][]) =>
  Float64Array.from(rows.flatMap(([time, close]) => [time, close, close, close, close, 1]));
const closes = (table: BarTable) => Array.from(table.column(BAR.CLOSE));

test("a bar that forms replaces itself, the next one is added", () => {
  const table = new BarTable();
  table.replace(bars([60, 1], [120, 2]));
  table.update(bars([120, 3]));
  table.update(bars([180, 4]));
  expect(closes(table)).toEqual([1, 3, 4]);
});

test("a late bar finds its place, and one from before the chart has none", () => {
  const table = new BarTable();
  table.replace(bars([60, 1], [180, 3]));
  table.update(bars([120, 2]));
  table.update(bars([0, 9]));
  expect(closes(table)).toEqual([1, 2, 3]);
});

const LEVELS = {
  bids: [
    ["99", "2"],
    ["98", "3"],
  ],
  asks: [
    ["101", "1"],
    ["104", "4"],
  ],
} as const;

function curve(): DepthCurve {
  const book = new Book(0, 0);
  book.applySnapshot({
    channel: "book",
    symbol: "A-B",
    type: "snapshot",
    seq: 1,
    bids: LEVELS.bids.map(([price, qty]) => [price, qty]),
    asks: LEVELS.asks.map(([price, qty]) => [price, qty]),
  });
  return new DepthCurve(encodeDepthFrame(book));
}

test("depth adds up away from the middle, which is halfway between the best prices", () => {
  const depth = curve();
  expect(depth.mid).toBe(100);
  expect(depth.depthAt(98, 100)).toEqual({ isBid: true, price: 98, qty: 5 });
  expect(depth.depthAt(103, 100)).toEqual({ isBid: false, price: 103, qty: 1 });
  expect(depth.depthAt(99.5, 100).qty).toBe(0);
  expect(depth.reach(100)).toBe(4);
});

test("a point on the chart becomes the nearest price the market takes", () => {
  const spec = { priceDecimals: 2, tick: 5n } as InstrumentSpec;
  expect(nearestPrice(10.06, spec)).toBe("10.05");
  expect(nearestPrice(10.08, spec)).toBe("10.10");
  expect(nearestPrice(-3, spec)).toBe("0.05");
});
