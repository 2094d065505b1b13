import { describe, expect, test } from "vitest";
import type { InstrumentSpec } from "../../src/api/instrument-spec";
import { cleanDecimal, stepDecimal } from "../../src/features/ticket/decimal-input";
import {
  amountForShare,
  type Draft,
  judge,
  quoteRequest,
  type World,
} from "../../src/features/ticket/ticket-rules";

const SPEC: InstrumentSpec = {
  symbol: "BTC-USDT",
  base: "BTC",
  quote: "USDT",
  priceDecimals: 2,
  qtyDecimals: 5,
  baseScale: 8,
  quoteScale: 8,
  tick: 1n,
  lot: 1n,
  minNotional: 100_000_000n,
  makerFeePpm: 500n,
  takerFeePpm: 1_000n,
  status: "trading",
};

const WORLD: World = {
  spec: SPEC,
  bestBid: 6_401_200n,
  bestAsk: 6_401_300n,
  quote: null,
  base: 200_000_000n, // 2 BTC
  quoteFunds: 10_000_000_000_000n, // 100,000 USDT
};

function limit(part: Partial<Draft>): Draft {
  return {
    side: "buy",
    type: "limit",
    price: "64012.00",
    amount: "0.25",
    byBudget: false,
    timeInForce: "gtc",
    postOnly: false,
    ...part,
  };
}

const market = (part: Partial<Draft>) => limit({ type: "market", price: "", ...part });

describe("limit", () => {
  test("a resting buy: total, maker's fee in what is received, exact text to send", () => {
    const { order, estimate } = judge(limit({}), WORLD);
    expect(order).toEqual({
      symbol: "BTC-USDT",
      side: "buy",
      type: "limit",
      price: "64012.00",
      qty: "0.25000",
      time_in_force: "gtc",
      post_only: false,
    });
    expect(estimate).toMatchObject({
      total: 1_600_300_000_000n,
      role: "maker",
      fee: 12_500n,
      received: 24_987_500n,
      receivedAsset: "BTC",
    });
  });

  test("a sell that crosses pays the taker's fee in the quote asset", () => {
    const { estimate } = judge(limit({ side: "sell", price: "64000" }), WORLD);
    expect(estimate).toMatchObject({ role: "taker", fee: 1_600_000_000n, receivedAsset: "USDT" });
  });

  test("fees round up to the asset's last digit", () => {
    const { estimate } = judge(limit({ amount: "0.00003" }), WORLD);
    // 3,000 atoms × 500 ppm = 1.5 atoms
    expect(estimate?.fee).toBe(2n);
  });

  test("post-only that would trade is stopped before it is sent", () => {
    const { order, problems } = judge(limit({ price: "64013", postOnly: true }), WORLD);
    expect([order, problems.order?.key]).toEqual([null, "problem.crosses"]);
  });

  test.each([
    [{ price: "" }, "price", "problem.required"],
    [{ price: "64,012" }, "price", "problem.number"],
    [{ price: "64012.001" }, "price", "problem.tick"],
    [{ price: "0" }, "price", "problem.zero"],
    [{ amount: "0.000001" }, "amount", "problem.lot"],
    [{ amount: "0.00001" }, "order", "problem.minimum"],
    [{ amount: "2" }, "order", "problem.funds"],
    [{ side: "sell", amount: "2.00001" }, "order", "problem.funds"],
  ] as const)("%j: %s: %s", (part, place, key) => {
    const { order, problems } = judge(limit(part), WORLD);
    expect(order).toBeNull();
    expect(problems[place]?.key).toBe(key);
  });

  test("a price between ticks is refused", () => {
    const spec = { ...SPEC, tick: 5n };
    const { problems } = judge(limit({ price: "64012.03" }), { ...WORLD, spec });
    expect(problems.price).toEqual({ key: "problem.tick", values: { step: "0.05" } });
  });

  test("all of the balance is enough for itself", () => {
    const amount = amountForShare(100, limit({}), WORLD)!;
    expect(judge(limit({ amount }), WORLD).order?.qty).toBe("1.56220");
  });

  test("unknown funds stop nothing: the exchange decides", () => {
    const world = { ...WORLD, base: null, quoteFunds: null };
    expect(judge(limit({ amount: "99" }), world).order).not.toBeNull();
  });

  test("a halted market takes no orders", () => {
    const spec = { ...SPEC, status: "halt" as const };
    expect(judge(limit({}), { ...WORLD, spec }).problems.order?.key).toBe("problem.status");
  });
});

describe("market", () => {
  const quote = {
    side: "buy" as const,
    qty: 25_000n,
    cost: 160_032_500_000n,
    bestPrice: 6_401_300,
    worstPrice: 6_401_300,
    slippagePpm: 0,
    complete: true,
  };

  test("by quantity: estimated from the book, immediate or cancel", () => {
    const { order, estimate } = judge(market({}), { ...WORLD, quote });
    expect(order).toEqual({
      symbol: "BTC-USDT",
      side: "buy",
      type: "market",
      qty: "0.25000",
      time_in_force: "ioc",
    });
    expect(estimate).toMatchObject({
      total: 1_600_325_000_000n,
      role: "taker",
      average: 6_401_300n,
    });
  });

  test("by budget: the budget is sent, not a quantity", () => {
    const draft = market({ amount: "1000.5", byBudget: true });
    const { order } = judge(draft, { ...WORLD, quote });
    expect(order).toMatchObject({ type: "market", quote_budget: "1000.5" });
    expect(order).not.toHaveProperty("qty");
    expect(quoteRequest(draft, SPEC)).toEqual({ side: "buy", budget: 10_005_000_000n, lot: 1n });
  });

  test("a quote for the other side is not used", () => {
    expect(judge(market({ side: "sell" }), { ...WORLD, quote }).estimate).toBeNull();
  });

  test("nothing to trade against", () => {
    const { problems } = judge(market({}), { ...WORLD, bestAsk: null });
    expect(problems.order?.key).toBe("problem.noLiquidity");
  });
});

describe("share of balance", () => {
  test("a sell's share is cut to whole lots", () => {
    const world = { ...WORLD, base: 100_000_999n };
    expect(amountForShare(100, limit({ side: "sell" }), world)).toBe("1.00000");
    expect(amountForShare(25, limit({ side: "sell" }), world)).toBe("0.25000");
  });

  test("a buy's share needs a price", () => {
    expect(amountForShare(50, limit({ price: "" }), WORLD)).toBeNull();
    expect(amountForShare(50, limit({ price: "50000" }), WORLD)).toBe("1.00000");
  });

  test("a budget's share is money", () => {
    expect(amountForShare(10, market({ byBudget: true }), WORLD)).toBe("10000");
  });
});

describe("decimal input", () => {
  test("a number copied from a table loses its separators", () => {
    expect(cleanDecimal(" 64,012.13 ")).toBe("64012.13");
  });

  test("a comma that may mean two things stays, and is refused", () => {
    expect(cleanDecimal("0,25")).toBe("0,25");
    expect(cleanDecimal("1,250")).toBe("1,250");
  });

  test("steps never go below zero and leave no float dust", () => {
    expect(stepDecimal("0.1", 2, 1n, 20)).toBe("0.30");
    expect(stepDecimal("0.05", 2, 1n, -10)).toBe("0.00");
    expect(stepDecimal("", 2, 1n, 1)).toBe("0.01");
    expect(stepDecimal("x", 2, 1n, 1)).toBe("x");
  });
});
