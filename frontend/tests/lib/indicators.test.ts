import { expect, test } from "vitest";
import { bollinger, ema, macd, rsi, sma, vwap } from "../../src/lib/indicators";

const of = (...values: number[]) => Float64Array.from(values);
const rounded = (values: Float64Array) =>
  Array.from(values, (value) => (Number.isNaN(value) ? null : Math.round(value * 1e4) / 1e4));

test("a moving average begins when there are enough bars", () => {
  expect(rounded(sma(of(1, 2, 3, 4, 8), 3))).toEqual([null, null, 2, 3, 5]);
});

test("an exponential one begins with the mean and weighs the newest bar by 2 / (n + 1)", () => {
  expect(rounded(ema(of(1, 2, 3, 5, 4), 3))).toEqual([null, null, 2, 3.5, 3.75]);
});

test("too few bars make no figure at all", () => {
  expect(rounded(ema(of(1, 2), 3))).toEqual([null, null]);
  expect(rounded(rsi(of(1), 14))).toEqual([null]);
});

test("VWAP weighs typical prices by volume and begins anew at midnight UTC", () => {
  const day = 86_400;
  const times = of(day - 60, day, day + 60);
  const prices = of(10, 20, 40);
  const volumes = of(5, 1, 3);
  expect(rounded(vwap(times, prices, prices, prices, volumes))).toEqual([10, 20, 35]);
});

test("a day without volume has no VWAP", () => {
  const one = of(7);
  expect(rounded(vwap(of(0), one, one, one, of(0)))).toEqual([null]);
});

test("Bollinger bands stand deviations of the same bars above and below the average", () => {
  const { upper, middle, lower } = bollinger(of(2, 4, 6), 3, 2);
  expect(rounded(middle)).toEqual([null, null, 4]);
  expect(rounded(upper)).toEqual([null, null, 7.266]);
  expect(rounded(lower)).toEqual([null, null, 0.734]);
});

test("RSI is 100 when all rose, 0 when all fell, 50 when nothing moved", () => {
  expect(rsi(of(1, 2, 3, 4), 3)[3]).toBe(100);
  expect(rsi(of(4, 3, 2, 1), 3)[3]).toBe(0);
  expect(rsi(of(2, 2, 2, 2), 3)[3]).toBe(50);
});

test("RSI takes Wilder's averages: the mean of the first, then one part of the newest", () => {
  // Rises 1, 0, 2 and falls 0, 1, 0 over 3 bars: 1 and 1/3; then a rise of 3: 5/3 and 2/9.
  expect(rounded(rsi(of(1, 2, 1, 3, 6), 3))).toEqual([null, null, null, 75, 88.2353]);
});

test("MACD is fast less slow; its signal begins as many bars later as it has", () => {
  const { line, signal, histogram } = macd(of(1, 2, 3, 4, 5, 6), 2, 3, 2);
  expect(rounded(line)).toEqual([null, null, 0.5, 0.5, 0.5, 0.5]);
  expect(rounded(signal)).toEqual([null, null, null, 0.5, 0.5, 0.5]);
  expect(rounded(histogram)).toEqual([null, null, null, 0, 0, 0]);
});
