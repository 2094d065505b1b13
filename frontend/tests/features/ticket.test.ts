import { describe, expect, test } from "vitest";
import { amountForShare, quoteRequest } from "../../src/features/ticket/amounts";
import { judge } from "../../src/features/ticket/judge";
import { cleanDecimal, stepDecimal } from "../../src/lib/decimal-text";
import { limit, market, SPEC, WORLD } from "./ticket-world";

const orderOf = (verdict: ReturnType<typeof judge>) =>
  verdict.request?.what === "order" ? verdict.request.order : null;
const estimateOf = (verdict: ReturnType<typeof judge>) => verdict.preview?.estimates[0];

describe("limit", () => {
  test("a resting buy: total, maker's fee in what is received, exact text to send", () => {
    const verdict = judge(limit({}), WORLD);
    expect(orderOf(verdict)).toEqual({
      symbol: "BTC-USDT",
      side: "buy",
      type: "limit",
      price: "64012.00",
      qty: "0.25000",
      time_in_force: "gtc",
      post_only: false,
    });
    expect(estimateOf(verdict)).toEqual({
      total: 1_600_300_000_000n,
      role: "maker",
      fee: 12_500n,
      received: 24_987_500n,
    });
    expect(verdict.preview?.hold).toBe(1_600_300_000_000n);
  });

  test("a sell that crosses pays the taker's fee in the quote asset", () => {
    const verdict = judge(limit({ side: "sell", price: "64000" }), WORLD);
    expect(estimateOf(verdict)).toMatchObject({ role: "taker", fee: 1_600_000_000n });
    expect(verdict.preview?.hold).toBe(25_000_000n);
  });

  test("fees round up to the asset's last digit", () => {
    // 3,000 atoms × 500 ppm = 1.5 atoms
    expect(estimateOf(judge(limit({ amount: "0.00003" }), WORLD))?.fee).toBe(2n);
  });

  test("post-only that would trade is stopped before it is sent", () => {
    const { request, problems } = judge(limit({ price: "64013", postOnly: true }), WORLD);
    expect([request, problems.order?.key]).toEqual([null, "problem.crosses"]);
  });

  test.each([
    [{ price: "" }, "price", "problem.required"],
    [{ price: "64,012" }, "price", "problem.number"],
    [{ price: "64012.001" }, "price", "problem.step"],
    [{ price: "0" }, "price", "problem.zero"],
    [{ amount: "0.000001" }, "amount", "problem.step"],
    [{ amount: "0.00001" }, "order", "problem.minimum"],
    [{ amount: "2" }, "order", "problem.funds"],
    [{ side: "sell", amount: "2.00001" }, "order", "problem.funds"],
  ] as const)("%j: %s: %s", (part, place, key) => {
    const { request, problems } = judge(limit(part), WORLD);
    expect(request).toBeNull();
    expect(problems[place]?.key).toBe(key);
  });

  test("a price between ticks is refused", () => {
    const spec = { ...SPEC, tick: 5n };
    const { problems } = judge(limit({ price: "64012.03" }), { ...WORLD, spec });
    expect(problems.price).toEqual({ key: "problem.step", values: { step: "0.05" } });
  });

  test("all of the balance is enough for itself", () => {
    const amount = amountForShare(100, limit({}), WORLD)!;
    expect(orderOf(judge(limit({ amount }), WORLD))?.qty).toBe("1.56220");
  });

  test("unknown funds stop nothing: the exchange decides", () => {
    const world = { ...WORLD, base: null, quoteFunds: null };
    expect(judge(limit({ amount: "99" }), world).request).not.toBeNull();
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
    const verdict = judge(market({}), { ...WORLD, quote });
    expect(orderOf(verdict)).toEqual({
      symbol: "BTC-USDT",
      side: "buy",
      type: "market",
      qty: "0.25000",
      time_in_force: "ioc",
    });
    expect(estimateOf(verdict)).toMatchObject({ total: 1_600_325_000_000n, role: "taker" });
    expect(verdict.preview?.taken).toMatchObject({ average: 6_401_300n, complete: true });
  });

  test("by budget: the budget is sent, not a quantity", () => {
    const draft = market({ amount: "1000.5", byBudget: true });
    const order = orderOf(judge(draft, { ...WORLD, quote }));
    expect(order).toMatchObject({ type: "market", quote_budget: "1000.5" });
    expect(order).not.toHaveProperty("qty");
    expect(quoteRequest(draft, SPEC)).toEqual({ side: "buy", budget: 10_005_000_000n, lot: 1n });
  });

  test("a quote for the other side is not used", () => {
    expect(estimateOf(judge(market({ side: "sell" }), { ...WORLD, quote }))).toBeUndefined();
  });

  test("nothing to trade against", () => {
    const { problems } = judge(market({}), { ...WORLD, bestAsk: null });
    expect(problems.order?.key).toBe("problem.noLiquidity");
  });
});

describe("a limit order that crosses", () => {
  const quote = {
    side: "buy" as const,
    qty: 10_000n,
    cost: 10_000n * 6_401_300n,
    bestPrice: 6_401_300,
    worstPrice: 6_401_300,
    slippagePpm: 0,
    complete: false,
  };
  const crossing = limit({ price: "64020.00" });

  test("takes what the book has at its prices, and rests with the rest at its own", () => {
    const { preview } = judge(crossing, { ...WORLD, quote });
    expect(preview?.taken).toMatchObject({ qty: 10_000n, average: 6_401_300n });
    // 0.1 at 64,013.00 and 0.15 at 64,020.00; 0.1 % of the one and 0.05 % of the other
    expect(preview?.estimates).toEqual([
      { total: 1_600_430_000_000n, role: "taker", fee: 17_500n, received: 24_982_500n },
    ]);
    expect(preview?.hold).toBe(1_600_500_000_000n);
  });

  test("immediate or cancel leaves the rest; fill or kill takes all or nothing", () => {
    const total = (timeInForce: "ioc" | "fok") =>
      estimateOf(judge({ ...crossing, timeInForce }, { ...WORLD, quote }))?.total;
    expect([total("ioc"), total("fok")]).toEqual([640_130_000_000n, 0n]);
  });

  test("the worker is asked with the limit", () => {
    const lot = SPEC.lot;
    const asked = { side: "buy", qty: 25_000n, limit: 6_402_000n, lot };
    expect(quoteRequest(crossing, SPEC)).toEqual(asked);
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
