import { afterEach, expect, test, vi } from "vitest";
import type { BotOrder, BotParameter, BotStrategy } from "../../src/api/bots";
import { ApiError, NoAnswerError } from "../../src/api/http";
import { ordersOf } from "../../src/features/bots/bot-orders";
import { draftOf, judgeBot } from "../../src/features/bots/new-bot";
import { changesOf, problemOf, problemsOf } from "../../src/features/bots/parameters";
import { faultOf, refusalText } from "../../src/features/bots/refusals";
import { BOT_WORDS } from "../../src/i18n/bots";
import { loadCatalogue } from "../../src/i18n/translate";
import { pollWhileVisible } from "../../src/state/poll";

const parameter = (name: string, type: string, value: string, set?: string): BotParameter => ({
  name,
  type,
  default: value,
  description: "",
  value: set ?? null,
});
const LEVELS = parameter("levels", "int", "20", "5");
const SPREAD = parameter("half_spread_bps", "float", "1.5");
const REFERENCE = parameter("reference", "str", "random");
const MAKER: BotStrategy = {
  name: "market_maker",
  summary: "Quotes both sides.",
  symbols: 1,
  role: "maker",
  parameters: [REFERENCE, LEVELS, SPREAD],
};
const TRIANGLE: BotStrategy = {
  ...MAKER,
  name: "triangular_arbitrage",
  symbols: 3,
  parameters: [],
};
const MARKETS = ["BTC-USDT", "ETH-USDT"];

test("only what differs from what is set is sent", () => {
  const draft = { levels: " 5 ", half_spread_bps: "2", reference: "random" };
  expect(changesOf([LEVELS, SPREAD, REFERENCE], draft)).toEqual({ half_spread_bps: "2" });
});

test.each([
  [LEVELS, "12", null],
  [LEVELS, "1.5", "needsWhole"],
  [LEVELS, " ", "needsValue"],
  [SPREAD, ".5", null],
  [SPREAD, "1e-3", null],
  [SPREAD, "1,5", "needsNumber"],
  [parameter("hides", "bool", "true"), "yes", "needsBool"],
  [parameter("side", "Literal", "buy"), "sell", null],
])("a text that is no value of its parameter is not sent", (of, text, problem) => {
  expect(problemOf(of, text)).toBe(problem);
});

test("a text that stays as it is set is never a problem", () => {
  const odd = parameter("side", "int", "buy");
  expect(problemsOf([odd], changesOf([odd], { side: "buy" }))).toEqual({});
});

test("orders are read market by market, the best price of each side first", () => {
  const order = (symbol: string, side: "buy" | "sell", price: string) =>
    ({ symbol, side, price }) as BotOrder;
  const orders = [
    order("ETH-USDT", "sell", "9"),
    order("BTC-USDT", "sell", "64000.10"),
    order("BTC-USDT", "sell", "9000"),
    order("BTC-USDT", "buy", "899.5"),
    order("BTC-USDT", "buy", "1000"),
  ];
  const prices = (side: "buy" | "sell") =>
    ordersOf(orders, side, ["BTC-USDT", "ETH-USDT"]).map(({ price }) => price);
  expect(prices("sell")).toEqual(["9000", "64000.10", "9"]);
  expect(prices("buy")).toEqual(["1000", "899.5"]);
});

const refused = (message: string) => new ApiError(422, "BAD_PARAMETER", message);

test.each([
  ["levels: '0': Expected `int` >= 1", "At least 1."],
  ["step: '9e9': Expected `float` <= 5000.0", "At most 5000."],
  ["rate: '0': Expected `float` > 0.0", "More than 0."],
  ["share: 'a': b': Expected `float` < 1.0", "Less than 1."],
  ["levels: 'x': Expected `int`, got `str`", "Enter a whole number."],
  ["side: 'up': Invalid enum value 'up'", "Invalid enum value 'up'"],
])("a refusal names its parameter and the bound in plain words", (message, text) => {
  expect(faultOf(refused(message))).toEqual({ parameter: message.split(":")[0], text });
});

test("a refusal of something else stands beside no parameter", () => {
  expect(faultOf(refused("there are at most 100 bots"))).toBeNull();
  expect(faultOf(new ApiError(409, "BOT_EXISTS", "levels: '0': no"))).toBeNull();
  expect(faultOf(null)).toBeNull();
});

test("who may only look is told so, and so is who reached nobody", () => {
  expect(refusalText(new ApiError(403, "FORBIDDEN", "…"))).toContain("Only an administrator");
  expect(refusalText(new NoAnswerError("POST /bots"))).toBe("The exchange does not answer.");
  expect(refusalText(refused("there are at most 100 bots"))).toBe("there are at most 100 bots");
});

test("a new bot has its strategy's defaults, the first market, and a name of both", () => {
  const { body } = judgeBot(draftOf(MAKER, MARKETS), MARKETS, []);
  expect(body).toEqual({
    name: "market_maker-BTC-USDT",
    strategy: "market_maker",
    symbols: ["BTC-USDT"],
    parameters: {},
  });
});

test("a name that is taken is refused when typed, and passed over when suggested", () => {
  const draft = draftOf(MAKER, MARKETS);
  const taken = ["market_maker-BTC-USDT", "market_maker-BTC-USDT-2"];
  expect(judgeBot(draft, MARKETS, taken).body?.name).toBe("market_maker-BTC-USDT-3");
  const typed = judgeBot({ ...draft, name: taken[0]! }, MARKETS, taken);
  expect([typed.body, typed.nameProblem]).toEqual([null, "nameTaken"]);
  expect(judgeBot({ ...draft, name: "-x" }, MARKETS, []).nameProblem).toBe("badName");
});

test("a triangle needs three different markets", () => {
  const short = judgeBot(draftOf(TRIANGLE, MARKETS), MARKETS, []);
  expect([short.body, short.marketProblem?.values]).toEqual([null, { needed: 3, listed: 2 }]);
  const listed = [...MARKETS, "ETH-BTC"];
  expect(judgeBot(draftOf(TRIANGLE, listed), listed, []).body?.symbols).toEqual(listed);
  const twice = { ...draftOf(TRIANGLE, listed), symbols: ["ETH-BTC", "BTC-USDT", "ETH-BTC"] };
  expect(judgeBot(twice, listed, []).marketProblem?.key).toBe("sameMarket");
});

test("a bot that takes its price from another instrument follows that one, too", () => {
  const draft = draftOf(MAKER, MARKETS);
  const parameters = { ...draft.parameters, reference: "instrument:ETH-USDT" };
  const { body } = judgeBot({ ...draft, parameters }, MARKETS, []);
  expect(body?.symbols).toEqual(["BTC-USDT", "ETH-USDT"]);
});

afterEach(() => {
  vi.useRealTimers();
});

class Window extends EventTarget {
  hidden = false;

  show(shown: boolean): void {
    this.hidden = !shown;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

test("the bots are asked for while the page is visible, and at once when it becomes so", async () => {
  vi.useFakeTimers();
  const page = new Window();
  let asked = 0;
  const load = async () => {
    asked += 1;
  };
  const end = pollWhileVisible(load, 2_000, page as unknown as Document);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(asked).toBe(3);
  page.show(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(3);
  page.show(true);
  expect(asked).toBe(4);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toBe(5);
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(5);
});

test("a page that is hidden and shown while it waits for an answer asks no second time", async () => {
  vi.useFakeTimers();
  const page = new Window();
  let asked = 0;
  let answer = () => {};
  const load = () => {
    asked += 1;
    return new Promise<void>((resolve) => {
      answer = resolve;
    });
  };
  const end = pollWhileVisible(load, 2_000, page as unknown as Document);
  page.show(false);
  page.show(true);
  expect(asked).toBe(1);
  answer();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toBe(2);
  end();
});

test("the page speaks of bots in every language, with the same values filled in", async () => {
  const valuesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const words of Object.values(BOT_WORDS)) {
    for (const [key, text] of Object.entries(words)) {
      expect(valuesOf(text)).toEqual(valuesOf(BOT_WORDS.en[key as keyof typeof words]));
      expect(text).not.toMatch(/!|^\s*$/);
    }
  }
  await loadCatalogue("de");
  expect(faultOf(refused("levels: '0': Expected `int` >= 1"))?.text).toBe("Mindestens 1.");
  await loadCatalogue("en");
});
