import { expect, test, vi } from "vitest";
import { ApiError, mayHaveHappened, NoAnswerError } from "../../src/api/http";
import type { AssetTerms } from "../../src/api/wallet";
import { balanceRows, worthOf } from "../../src/features/wallet/balance-rows";
import { followWithdrawals } from "../../src/features/wallet/follow";
import { refusalText } from "../../src/features/wallet/spoken";
import { type Quote, routeOf, valueBy } from "../../src/features/wallet/valuation";
import {
  addressProblem,
  canCancel,
  isLookedAt,
  readAmount,
} from "../../src/features/wallet/withdrawal-rules";

const quote = (symbol: string, price: bigint, decimals = 2): Quote => {
  const [base, quoteAsset] = symbol.split("-") as [string, string];
  return { symbol, base, quote: quoteAsset, price, decimals };
};
const BTC_USDT = quote("BTC-USDT", 6_400_000n);
const ETH_USDT = quote("ETH-USDT", 300_033n);
const QUOTES = [BTC_USDT, ETH_USDT];

const balance = (asset: string, total: string) => ({ asset, total, available: total, held: "0" });

test("an amount is worth itself in its own asset", () => {
  expect(valueBy(12_345n, 8, routeOf("USDT", "USDT", [])!, 8)).toBe(12_345n);
});

test("a price is used forwards, backwards, and two of them in a row, and cut off once", () => {
  const one = 100_000_000n;
  expect(valueBy(one, 8, routeOf("BTC", "USDT", QUOTES)!, 8)).toBe(6_400_000_000_000n);
  expect(valueBy(3_200_000_000_000n, 8, routeOf("USDT", "BTC", QUOTES)!, 8)).toBe(50_000_000n);
  // 3000.33 / 64000 = 0.046880156…: no rounding on the way.
  expect(valueBy(one, 8, routeOf("ETH", "BTC", QUOTES)!, 8)).toBe(4_688_015n);
});

test("without a price there is no value, and the sum says what it leaves out", () => {
  expect(routeOf("DOGE", "USDT", QUOTES)).toBeNull();
  const balances = [balance("BTC", "0.5"), balance("DOGE", "7"), balance("USDT", "1.00000001")];
  const worth = worthOf(balanceRows(balances, "USDT", QUOTES, () => 8));
  expect(worth).toEqual({ units: 3_200_100_000_001n, prices: [BTC_USDT], unpriced: ["DOGE"] });
});

test("an asset of which there is nothing is not missed in the sum", () => {
  expect(worthOf(balanceRows([balance("DOGE", "0")], "USDT", QUOTES, () => 8)).unpriced).toEqual(
    [],
  );
});

const TERMS: AssetTerms = { asset: "BTC", day_max: "10", left: "1.5", approve_above: "1" };
const BOUNDS = { asset: "BTC", scale: 8, available: 200_000_000n };

test.each([
  ["", "needsAmount"],
  ["1,5", "needsNumber"],
  ["0.000000001", "tooFine"],
  ["0", "needsMore"],
  ["1.50000001", "overLimit"],
  ["3", "overLimit"],
] as const)("a withdrawal of %j is refused before it is sent: %s", (text, key) => {
  expect(readAmount(text, BOUNDS, TERMS)).toMatchObject({ key });
});

test("more than there is is refused, and what fits is read to the last atom", () => {
  const poor = { ...BOUNDS, available: 120_000_000n };
  expect(readAmount("1.3", poor, TERMS)).toEqual({
    key: "overFunds",
    values: { amount: "1.2", asset: "BTC" },
  });
  expect(readAmount("1.19999999", poor, TERMS)).toBe(119_999_999n);
});

test("only what is above the bound is looked at", () => {
  expect(isLookedAt(100_000_000n, 8, TERMS)).toBe(false);
  expect(isLookedAt(100_000_001n, 8, TERMS)).toBe(true);
});

test("an address has no spaces and at most 128 characters", () => {
  expect(addressProblem("")).toBe("needsAddress");
  expect(addressProblem("bc1 q")).toBe("badAddress");
  expect(addressProblem("x".repeat(129))).toBe("badAddress");
  expect(addressProblem("bc1qexample")).toBeNull();
});

test("what the rail may have is not taken back", () => {
  expect(canCancel("held")).toBe(true);
  expect(canCancel("sending")).toBe(false);
});

test.each([
  new NoAnswerError(),
  new ApiError(503, "UNAVAILABLE", ""),
  new ApiError(503, "MONEY_PENDING", ""),
  new ApiError(503, "NOT_SETTLED_YET", ""),
])("money that may yet move is asked for again under its own key (%#)", (error) => {
  expect(mayHaveHappened(error)).toBe(true);
  expect(refusalText(error)).toMatch(/done once/);
});

test("money that was refused did not move: asking again is another wish", () => {
  const refused = new ApiError(422, "MONEY_REFUSED", "");
  expect(mayHaveHappened(refused)).toBe(false);
  expect(refusalText(refused)).not.toMatch(/done once/);
  // The exchange says why: no money was touched.
  expect(refusalText(new ApiError(503, "WITHDRAWALS_STOPPED", ""))).toMatch(/stopped/);
});

test("withdrawals under way are followed while somebody can see it, and not a moment longer", async () => {
  vi.useFakeTimers();
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify({ withdrawal_id: 7, state: "held" }));
  });
  const page = Object.assign(new EventTarget(), { hidden: false });
  let learned = 0;
  const stop = followWithdrawals([7], () => (learned += 1), page as unknown as Document);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toEqual(["/api/v1/withdrawals/7", "/api/v1/withdrawals/7"]);
  page.hidden = true;
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(asked.length).toBe(2);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  // The answer on its way when it ended is not told any more.
  expect([asked.length, learned]).toEqual([3, 2]);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
