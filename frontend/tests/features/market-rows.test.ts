import { expect, test } from "vitest";
import type { InstrumentSpec } from "../../src/api/instrument-spec";
import type { Ticker } from "../../src/api/types";
import { marketRows } from "../../src/features/markets/market-rows";
import { linePath } from "../../src/features/markets/sparklines";

const INSTRUMENTS = ["BTC-USDT", "ETH-BTC", "ETH-USDT"].map(
  (symbol) => ({ symbol }) as InstrumentSpec,
);
const ticker = (symbol: string, quote_volume: string, change_ppm: number | null) =>
  ({ symbol, quote_volume, change_ppm, last: "1" }) as Ticker;
const TICKERS = {
  "BTC-USDT": ticker("BTC-USDT", "900.5", -200),
  "ETH-USDT": ticker("ETH-USDT", "1200", 300),
};
const ALL = { search: "", onlyFavourites: false, sort: { key: "volume", descending: true } };

function symbols(favourites: string[], wish: Partial<typeof ALL> = {}): string[] {
  return marketRows(INSTRUMENTS, TICKERS, favourites, { ...ALL, ...wish }).map(
    (row) => row.spec.symbol,
  );
}

test("the busiest market stands first, one without trades last", () => {
  expect(symbols([])).toEqual(["ETH-USDT", "BTC-USDT", "ETH-BTC"]);
});

test("favourites stand before all others, in the same order among themselves", () => {
  expect(symbols(["ETH-BTC", "BTC-USDT"])).toEqual(["BTC-USDT", "ETH-BTC", "ETH-USDT"]);
});

test("a name sorts from A to Z, and back", () => {
  const byName = (descending: boolean) => symbols([], { sort: { key: "symbol", descending } });
  expect(byName(false)).toEqual(["BTC-USDT", "ETH-BTC", "ETH-USDT"]);
  expect(byName(true)).toEqual(["ETH-USDT", "ETH-BTC", "BTC-USDT"]);
});

test("a search finds any part of the name, whatever its case", () => {
  expect(symbols([], { search: " eth" })).toEqual(["ETH-USDT", "ETH-BTC"]);
});

test("favourites alone are what is left when only they are wanted", () => {
  expect(symbols(["ETH-BTC"], { onlyFavourites: true })).toEqual(["ETH-BTC"]);
});

test("a line runs from the left edge to the right, the highest value at the top", () => {
  expect(linePath([1, 3, 2], 10, 4)).toBe("M0.0 4.0L5.0 0.0L10.0 2.0");
});

test("a line of equal values is flat, and one value makes none", () => {
  expect(linePath([2, 2], 10, 4)).toBe("M0.0 4.0L10.0 4.0");
  expect(linePath([2], 10, 4)).toBe("");
});
