import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Bot } from "../../src/api/bots";
import {
  addBot,
  changeBot,
  loadBots,
  removeBot,
  stopBot,
  useBots,
} from "../../src/features/bots/bots";
import { useToasts } from "../../src/state/toasts";

const bot = (name: string, state: Bot["state"]): Bot => ({
  name,
  state,
  strategy: "grid",
  symbols: ["BTC-USDT"],
  role: "trader",
  reason: "",
  parameters: [],
  holdings: [],
  orders: [],
});

const answer = (status: number, body: unknown) =>
  new Response(status === 204 ? null : JSON.stringify(body), { status });
const refusal = (status: number, code: string) =>
  answer(status, { error: { code, message: "as the exchange says it" } });
const list = (...bots: Bot[]) => answer(200, { bots, strategies: [] });

/** What the exchange answers, request by request. */
let answers: (Response | Promise<Response>)[] = [];

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", async () => {
    const next = answers.shift();
    if (next === undefined) throw new TypeError("the connection failed");
    return next;
  });
  useToasts.setState({ toasts: [] });
  useBots.setState({ mayControl: true, isAway: false });
  answers = [list(bot("one", "trading"), bot("two", "trading"))];
  await loadBots();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const states = () => useBots.getState().bots.map(({ name, state }) => `${name} ${state}`);
const lastToast = () => useToasts.getState().toasts.at(-1)?.text;

test("a bot that was stopped does not trade again by an answer that was asked for before", async () => {
  let arrive = (_: Response) => {};
  const old = new Promise<Response>((resolve) => {
    arrive = resolve;
  });
  answers = [old, answer(200, bot("one", "stopped"))];
  const loading = loadBots();
  await stopBot("one");
  arrive(list(bot("one", "trading"), bot("two", "trading")));
  await loading;
  expect(states()).toEqual(["one stopped", "two trading"]);
  expect(lastToast()).toBe("one stopped; its orders are gone");
});

test("a new bot stands last, one that was removed no more", async () => {
  answers = [answer(201, bot("three", "starting")), answer(204, null)];
  const wish = { name: "three", strategy: "grid", symbols: ["BTC-USDT"], parameters: {} };
  expect(await addBot(wish)).toBeNull();
  await removeBot("one");
  expect(states()).toEqual(["two trading", "three starting"]);
});

test("who may only look is told so once, and then has nothing to press", async () => {
  answers = [refusal(403, "FORBIDDEN")];
  await stopBot("one");
  expect(useBots.getState().mayControl).toBe(false);
  expect(lastToast()).toContain("Only an administrator");
  expect(states()).toEqual(["one trading", "two trading"]);
});

test("a refused change is told to the form, and all stays as it is", async () => {
  answers = [refusal(422, "BAD_PARAMETER")];
  expect(await changeBot("one", { lines: "0" })).toMatchObject({ code: "BAD_PARAMETER" });
  expect([states(), lastToast()]).toEqual([["one trading", "two trading"], undefined]);
});

test("bots that do not answer stay on screen as they were, until they answer again", async () => {
  answers = [refusal(503, "UNAVAILABLE")];
  await loadBots();
  expect([useBots.getState().isAway, states().length]).toEqual([true, 2]);
  await loadBots();
  expect([useBots.getState().isAway, states().length]).toEqual([true, 2]);
  answers = [list(bot("one", "waiting"))];
  await loadBots();
  expect([useBots.getState().isAway, states()]).toEqual([false, ["one waiting"]]);
});

test("an exchange without bots says so", async () => {
  answers = [refusal(404, "NOT_FOUND")];
  await loadBots();
  expect([useBots.getState().status, states()]).toEqual(["none", []]);
});
