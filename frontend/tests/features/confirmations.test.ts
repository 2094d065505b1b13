import { expect, test } from "vitest";
import { questionFor } from "../../src/features/ticket/confirmations";

const SPEC = { quoteScale: 2 };
const ALL = { market: true, large: true, cancelAll: true };
const ask = (kind: "limit" | "market", total: bigint | null, asks = ALL) =>
  questionFor({ kind }, total, SPEC, "1000", asks);

test("a market order is asked about, a limit order is not", () => {
  expect(ask("market", 500n)).toBe("market");
  expect(ask("limit", 500n)).toBeNull();
  expect(ask("market", null)).toBe("market");
});

test("from its worth on an order is a large one, whatever its kind", () => {
  expect(ask("limit", 100_000n)).toBe("large");
  expect(ask("limit", 99_999n)).toBeNull();
  expect(ask("market", 100_000n)).toBe("large");
});

test("what is switched off is not asked", () => {
  expect(ask("market", 100_000n, { ...ALL, large: false })).toBe("market");
  expect(ask("market", 100_000n, { ...ALL, large: false, market: false })).toBeNull();
});
