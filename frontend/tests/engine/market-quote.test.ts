import { expect, test } from "vitest";
import { Book } from "../../src/engine/book";
import { quoteMarketOrder } from "../../src/engine/market-quote";

/** Prices with two decimals, quantities with one: costs are in units of 10^-3. */
function book(): Book {
  const made = new Book(2, 1);
  made.applySnapshot({
    channel: "book",
    symbol: "BTC-USDT",
    type: "snapshot",
    seq: 1,
    bids: [["99.00", "2.0"]],
    asks: [
      ["100.00", "1.0"],
      ["101.00", "1.0"],
    ],
  });
  return made;
}

test("a buy walks up the asks", () => {
  const quote = quoteMarketOrder(book(), { side: "buy", qty: 15n, lot: 1n });
  expect(quote).toMatchObject({ qty: 15n, cost: 10n * 10_000n + 5n * 10_100n, complete: true });
  expect([quote?.bestPrice, quote?.worstPrice]).toEqual([10_000, 10_100]);
  // Average 100.333…: a third of a per cent above the best.
  expect(quote?.slippagePpm).toBe(3_333);
});

test("more than the book holds is said to be incomplete", () => {
  const quote = quoteMarketOrder(book(), { side: "sell", qty: 50n, lot: 1n });
  expect(quote).toMatchObject({ qty: 20n, complete: false, slippagePpm: 0 });
});

test("a budget buys whole lots and never spends more than it is", () => {
  const budget = 150_000n; // 150.000 of the quote asset
  const quote = quoteMarketOrder(book(), { side: "buy", budget, lot: 1n });
  expect(quote).toMatchObject({ qty: 14n, cost: 10n * 10_000n + 4n * 10_100n, complete: true });
  expect(quote!.cost <= budget).toBe(true);
});

test("a budget beyond the book is incomplete", () => {
  const quote = quoteMarketOrder(book(), { side: "buy", budget: 10_000_000n, lot: 1n });
  expect(quote).toMatchObject({ qty: 20n, complete: false });
});

test("a limit takes nothing at a worse price", () => {
  const buy = { side: "buy", qty: 15n, lot: 1n } as const;
  expect(quoteMarketOrder(book(), { ...buy, limit: 10_000n })).toMatchObject({
    qty: 10n,
    complete: false,
  });
  expect(quoteMarketOrder(book(), { ...buy, limit: 9_999n })).toMatchObject({ qty: 0n });
  expect(quoteMarketOrder(book(), { ...buy, limit: 10_100n })).toMatchObject({ complete: true });
});

test("an empty other side has no quote", () => {
  expect(quoteMarketOrder(new Book(2, 1), { side: "buy", qty: 1n, lot: 1n })).toBeNull();
});
