import { describe, expect, test } from "vitest";
import { amountForShare } from "../../src/features/ticket/amounts";
import { judge } from "../../src/features/ticket/judge";
import { trailingTriggerNow } from "../../src/features/ticket/read-terms";
import { draft, limit, SPEC, WORLD } from "./ticket-world";

describe("stops and take-profits", () => {
  const stop = draft({ kind: "stop", side: "sell", triggerPrice: "63000" });

  test("a stop to sell holds what it sells, and is worth its trigger", () => {
    const { request, preview } = judge(stop, WORLD);
    expect(request).toEqual({
      what: "order",
      order: {
        symbol: "BTC-USDT",
        side: "sell",
        type: "stop",
        qty: "0.25000",
        trigger_price: "63000.00",
        time_in_force: "ioc",
      },
    });
    expect(preview?.hold).toBe(25_000_000n);
    expect(preview?.estimates[0]).toMatchObject({ total: 1_575_000_000_000n, role: "taker" });
  });

  test("a stop to buy holds its trigger with the price band on top", () => {
    const { preview } = judge(draft({ kind: "stop", triggerPrice: "65000" }), WORLD);
    expect(preview?.hold).toBe(1_787_500_000_000n); // 0.25 at 71,500
  });

  test.each([
    ["stop", "sell", "64012.50"],
    ["stop", "buy", "64012.50"],
    ["take_profit", "sell", "64000"],
    ["take_profit_limit", "buy", "65000"],
  ] as const)("a %s to %s that the last trade already meets is refused at %s", (kind, side, at) => {
    const { request, problems } = judge(
      draft({ kind, side, triggerPrice: at, price: "64000" }),
      WORLD,
    );
    expect([request, problems.trigger?.key]).toEqual([null, "error.WOULD_TRIGGER_AT_ONCE"]);
  });

  test("a stop limit has both prices and a time in force of its own", () => {
    const { request } = judge(
      draft({ kind: "stop_limit", triggerPrice: "65000", price: "65010", timeInForce: "fok" }),
      WORLD,
    );
    expect(request).toMatchObject({
      order: { trigger_price: "65000.00", price: "65010.00", time_in_force: "fok" },
    });
  });

  test("all of the balance is enough for the hold of a stop to buy", () => {
    const buy = draft({ kind: "stop", triggerPrice: "65000" });
    const amount = amountForShare(100, buy, WORLD)!;
    expect(judge({ ...buy, amount }, WORLD).problems).toEqual({});
    expect(judge({ ...buy, amount: "1.4" }, WORLD).problems.order?.key).toBe("problem.funds");
  });
});

describe("trailing stops", () => {
  const trailing = draft({ kind: "trailing_stop", side: "sell", trailingPercent: "1.5" });

  test("a percentage is sent as whole basis points, without a trigger", () => {
    const { request } = judge(trailing, WORLD);
    expect(request).toMatchObject({ order: { type: "trailing_stop", trailing_bps: 150 } });
    expect(request).not.toHaveProperty("order.trigger_price");
  });

  test("where it stands now: a sell's rounds down, a buy's up", () => {
    // 64,012.50 × 0.985 = 63,052.3125, × 1.015 = 64,972.6875
    expect(trailingTriggerNow(trailing, WORLD)).toBe(6_305_231n);
    expect(trailingTriggerNow({ ...trailing, side: "buy" }, WORLD)).toBe(6_497_269n);
  });

  test.each(["0", "0.005", "100"])("a distance of %s % is none", (trailingPercent) => {
    const { problems } = judge({ ...trailing, trailingPercent }, WORLD);
    expect(problems.trailing?.key).toBe("problem.trailing");
  });

  test("before the first trade it starts from the reference price, or not at all", () => {
    const world = { ...WORLD, lastPrice: null };
    expect(judge(trailing, world).problems.trailing?.key).toBe("error.NO_REFERENCE_PRICE");
    const spec = { ...SPEC, referencePrice: 6_000_000n };
    expect(trailingTriggerNow(trailing, { ...world, spec })).toBe(5_910_000n);
  });
});

describe("pairs", () => {
  const pair = draft({ kind: "oco", side: "sell", price: "66000", triggerPrice: "62000" });

  test("a limit and a stop of one quantity are sent as one list", () => {
    expect(judge(pair, WORLD).request).toEqual({
      what: "list",
      list: {
        symbol: "BTC-USDT",
        side: "sell",
        qty: "0.25000",
        legs: [
          { type: "limit", price: "66000.00", time_in_force: "gtc" },
          { type: "stop", trigger_price: "62000.00" },
        ],
      },
    });
  });

  test("each end is estimated, and the larger of the two is held", () => {
    const buy = draft({ kind: "oco", price: "60000", triggerPrice: "65000" });
    const { preview } = judge(buy, WORLD);
    expect(preview?.estimates.map(({ total, role }) => [total, role])).toEqual([
      [1_500_000_000_000n, "maker"],
      [1_625_000_000_000n, "taker"],
    ]);
    expect(preview?.hold).toBe(1_787_500_000_000n); // the stop's 0.25 at 71,500
  });

  test("its stop may have a limit, or trail", () => {
    const legOf = (part: Parameters<typeof draft>[0]) => {
      const { request } = judge({ ...pair, ...part }, WORLD);
      return request?.what === "list" ? request.list.legs[1] : null;
    };
    expect(legOf({ stopLeg: "stop_limit", stopLimitPrice: "61900" })).toEqual({
      type: "stop_limit",
      trigger_price: "62000.00",
      price: "61900.00",
      time_in_force: "gtc",
    });
    expect(legOf({ stopLeg: "trailing_stop", trailingPercent: "2" })).toEqual({
      type: "trailing_stop",
      trailing_bps: 200,
    });
  });

  test("its limit must rest", () => {
    const { request, problems } = judge({ ...pair, price: "64000" }, WORLD);
    expect([request, problems.order?.key]).toEqual([null, "problem.crosses"]);
  });
});

describe("what a limit order may ask for", () => {
  test("an iceberg shows less than all and a hundredth at least", () => {
    const keyOf = (displayQty: string) => judge(limit({ displayQty }), WORLD).problems.display?.key;
    expect(keyOf("0.25")).toBe("error.INVALID_DISPLAY_QUANTITY");
    expect(keyOf("0.00249")).toBe("error.INVALID_DISPLAY_QUANTITY");
    expect(judge(limit({ displayQty: "0.0025" }), WORLD).request).toMatchObject({
      order: { display_qty: "0.00250" },
    });
  });

  test("a date is sent in whole seconds, and must be to come", () => {
    const dated = (expiresAt: string) => judge(limit({ timeInForce: "gtd", expiresAt }), WORLD);
    const atMs = Date.parse("2026-11-21T12:30");
    expect(dated("2026-11-21T12:30").request).toMatchObject({
      order: { time_in_force: "gtd", expire_at_s: atMs / 1_000 },
    });
    expect(dated("2026-11-19T12:30").problems.expiresAt?.key).toBe("error.INVALID_EXPIRY");
    expect(dated("").problems.expiresAt?.key).toBe("problem.required");
  });

  test("options that exclude each other never meet", () => {
    expect(limit({ timeInForce: "fok", postOnly: true }).postOnly).toBe(false);
    const fok = limit({ timeInForce: "fok", selfTradePrevention: "decrement" });
    expect(fok.selfTradePrevention).toBe("none");
    expect(draft({ kind: "oco", timeInForce: "ioc" }).timeInForce).toBe("gtc");
  });

  test("a price outside of the collar is refused at its field", () => {
    const world = { ...WORLD, spec: { ...SPEC, collarBps: 100n } };
    expect(judge(limit({ price: "63372.38" }), world).problems).toEqual({});
    const { problems } = judge(limit({ price: "63372.37" }), world);
    expect(problems.price?.key).toBe("error.PRICE_OUTSIDE_COLLAR");
  });
});

describe("while a market does not trade as usual", () => {
  const auction = {
    ...WORLD,
    bestBid: null,
    bestAsk: null,
    spec: { ...SPEC, status: "auction" as const },
  };
  const keyOf = (...args: Parameters<typeof judge>) => judge(...args).problems.order?.key;

  test("an auction takes what can wait, and says so of the rest", () => {
    const stop = draft({ kind: "stop", side: "sell", triggerPrice: "63000" });
    expect([keyOf(limit({}), auction), keyOf(stop, auction)]).toEqual([undefined, undefined]);
    const rest = [
      draft({ kind: "market" }),
      limit({ timeInForce: "ioc" }),
      limit({ postOnly: true }),
      draft({ kind: "oco", side: "sell", price: "66000", triggerPrice: "62000" }),
    ];
    expect(rest.map((one) => keyOf(one, auction))).toEqual(rest.map(() => "error.NOT_IN_AUCTION"));
  });

  test("a halted exchange takes nothing", () => {
    expect(keyOf(limit({}), { ...WORLD, venueStatus: "halted" })).toBe("error.VENUE_HALTED");
  });
});
