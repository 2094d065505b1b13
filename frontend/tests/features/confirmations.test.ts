import { expect, test } from "vitest";
import { questionFor } from "../../src/features/ticket/confirmations";
import { refuseHeldKey, shortcutOf } from "../../src/ui/shortcuts";

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

const key = (name: string, more: { repeat?: boolean; ctrlKey?: boolean } = {}) => ({
  key: name,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  defaultPrevented: false,
  repeat: false,
  ...more,
});

test("a key held down takes back one step, not as many as there are, and back again", () => {
  expect(shortcutOf(key("Z"))).toBe("z");
  expect(shortcutOf(key("k", { ctrlKey: true }))).toBe("ctrl+k");
  expect(shortcutOf(key("z", { repeat: true }))).toBeNull();
});

test("the Enter that sent an order, still held, does not answer what is asked about it", () => {
  const prevented: boolean[] = [];
  for (const repeat of [true, false]) {
    refuseHeldKey({ repeat, preventDefault: () => prevented.push(repeat) });
  }
  expect(prevented).toEqual([true]);
});
