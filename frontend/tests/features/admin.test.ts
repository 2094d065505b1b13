import { expect, test } from "vitest";
import type { Instrument, OperatedUser, Proposal, Withdrawal } from "../../src/api/admin";
import type { MetricSeries } from "../../src/api/metrics";
import {
  bodyOf,
  initialTexts,
  isReady,
  problemsOf,
  type Texts,
} from "../../src/features/admin/act";
import { differences } from "../../src/features/admin/act-changes";
import { withQuery } from "../../src/features/admin/asked";
import {
  BOX,
  chartsOf,
  formatMetric,
  lastOf,
  pathOf,
  roundUp,
} from "../../src/features/admin/chart-lines";
import { nsOf } from "../../src/features/admin/filters";
import {
  newAssetPlan,
  newInstrumentPlan,
  rulesPlan,
  statusPlan,
  termsPlan,
  tierFeesPlan,
} from "../../src/features/admin/instrument-acts";
import { judgeListing } from "../../src/features/admin/listing";
import {
  adjustmentPlan,
  decisionsOf,
  proposalPlan,
  withdrawalPlan,
} from "../../src/features/admin/money-acts";
import { powersOf } from "../../src/features/admin/powers";
import { calendarOf, calendarPlan, schedulePlan } from "../../src/features/admin/schedule-acts";
import {
  limitsPlan,
  nextStatuses,
  rolePlan,
  userStatusPlan,
} from "../../src/features/admin/user-acts";
import { haltVenuePlan } from "../../src/features/admin/venue-acts";
import { ADMIN_WORDS } from "../../src/i18n/admin";

const ASSETS = [
  { asset: "BTC", scale: 8 },
  { asset: "USDT", scale: 6 },
];
const GOLD: Instrument = {
  symbol: "GOLD-USDT",
  base_asset: "GOLD",
  quote_asset: "USDT",
  tick_size: "0.01",
  lot_size: "0.001",
  maker_fee_ppm: 500,
  taker_fee_ppm: 1_000,
  band_bps: 1_000,
  min_notional: "1.000000",
  price_max: null,
  qty_max: null,
  status: "trading",
  status_cause: "requested",
  reference_price: null,
  collar_bps: 0,
  breaker_bps: 0,
  breaker_window_s: 0,
  auction_s: 0,
  tier_fees: [{ tier: 2, maker_fee_ppm: 0, taker_fee_ppm: 300 }],
  scheduled: [],
};
const GRACE: OperatedUser = {
  user_id: 7,
  email: "grace@example.com",
  role: "user",
  status: "active",
  created_ts_ns: "1",
  account_ids: [1_000, 1_001],
};

test("only support and admins see the screens, and only admins act on them", () => {
  expect(powersOf("admin")).toEqual({ sees: true, acts: true });
  expect(powersOf("support")).toEqual({ sees: true, acts: false });
  for (const role of ["user", "market_maker", undefined]) {
    expect(powersOf(role)).toEqual({ sees: false, acts: false });
  }
});

test("support only stops, and nobody comes back from closed", () => {
  expect(nextStatuses("active", true)).toEqual(["cancel_only", "suspended", "closed"]);
  expect(nextStatuses("active", false)).toEqual(["cancel_only", "suspended"]);
  expect(nextStatuses("suspended", false)).toEqual([]);
  expect(nextStatuses("suspended", true)).toEqual(["active", "cancel_only", "closed"]);
  expect(nextStatuses("closed", true)).toEqual([]);
});

test("nobody makes an admin alone: it is asked for", () => {
  const plan = rolePlan(GRACE);
  expect(plan.wanted({ role: "support" }, "night shift")).toMatchObject({
    method: "PUT",
    path: "/admin/users/7/role",
  });
  expect(plan.wanted({ role: "admin" }, "runs it")).toEqual({
    method: "POST",
    path: "/admin/administrators",
    body: { user_id: 7, reason: "runs it" },
  });
});

test("what cannot be undone is confirmed by typing its name", () => {
  const closing = userStatusPlan(GRACE, "closed");
  expect(isReady(closing, {}, "", "")).toBe(false);
  expect(isReady(closing, {}, "", "grace@example")).toBe(false);
  expect(isReady(closing, {}, "", GRACE.email)).toBe(true);
  expect(isReady(userStatusPlan(GRACE, "suspended"), {}, "", "")).toBe(true);
  expect(statusPlan("GOLD-USDT", "closed").typed).toBe("GOLD-USDT");
});

test("the kill switch asks for a reason and for its word", () => {
  const plan = haltVenuePlan(80);
  const texts = initialTexts(plan);
  expect(isReady(plan, texts, "", "HALT")).toBe(false);
  expect(isReady(plan, texts, "prices are wrong", "halt")).toBe(false);
  expect(isReady(plan, texts, "prices are wrong", "HALT")).toBe(true);
  expect(plan.words(texts)).toContain("80");
  expect(plan.wanted({ kind: "maintenance" }, " new disks ").body).toEqual({
    status: "halted",
    reason: "maintenance: new disks",
  });
});

test("a change says what differs and nothing else", () => {
  const plan = termsPlan(GOLD, ASSETS);
  const texts = { ...initialTexts(plan), taker_fee_ppm: " 800 ", price_max: "5000" };
  expect(isReady(plan, initialTexts(plan), "", "")).toBe(false);
  expect(isReady(plan, texts, "", "")).toBe(true);
  expect(plan.wanted(texts, "cheaper")).toEqual({
    method: "PATCH",
    path: "/admin/instruments/GOLD-USDT",
    body: { taker_fee_ppm: 800, price_max: "5000", reason: "cheaper" },
  });
});

test("a limit that is set cannot seem to be taken away by leaving it blank", () => {
  const plan = termsPlan({ ...GOLD, price_max: "5000" }, ASSETS);
  const texts = { ...initialTexts(plan), price_max: " ", taker_fee_ppm: "800" };
  expect(isReady(plan, texts, "", "")).toBe(false);
  expect(isReady(plan, { ...texts, price_max: "6000" }, "", "")).toBe(true);
});

test("decimals stay text, whole numbers become numbers, blanks are not said", () => {
  const plan = newInstrumentPlan(ASSETS, []);
  const texts = { ...initialTexts(plan), symbol: " coal-usdt ", tick_size: "0.1", lot_size: "1" };
  expect(plan.wanted(texts, "").body).toEqual({
    symbol: "COAL-USDT",
    status: "halt",
    tick_size: "0.1",
    lot_size: "1",
    maker_fee_ppm: 500,
    taker_fee_ppm: 1_000,
    band_bps: 1_000,
    scale: 8,
  });
  expect(plan.words(texts)).toContain("COAL");
});

test.each([
  ["GOLD", "0.01", "0.001", "symbol"],
  ["GOLD-GOLD", "0.01", "0.001", "symbol"],
  ["BTC-USDT", "0.01", "0.001", "symbol"],
  ["GOLD-USDT", "0", "0.001", "tick_size"],
  ["GOLD-USDT", "0.01", "0.000", "lot_size"],
  // GOLD is new and gets two decimals: a thousandth of it cannot be owned.
  ["GOLD-USDT", "0.01", "0.001", "lot_size"],
  // A tick of a lot is a tenth of USDT's millionth.
  ["BTC-USD6", "0.01", "0.00000001", "tick_size"],
])("an instrument that cannot be exact is refused before it is sent: %s %s %s", (...row) => {
  const [symbol, tick_size, lot_size, field] = row;
  const assets = [...ASSETS, { asset: "USD6", scale: 6 }];
  const found = judgeListing({ symbol, tick_size, lot_size, scale: "2" }, assets, ["BTC-USDT"]);
  expect(Object.keys(found)).toEqual([field]);
});

test("an instrument that is exact is not refused", () => {
  const texts = { symbol: "btc-eur", tick_size: "0.01", lot_size: "0.00001", scale: "8" };
  expect(judgeListing(texts, ASSETS, ["BTC-USDT"])).toEqual({});
});

test("an asset is listed once", () => {
  const plan = newAssetPlan(ASSETS);
  expect(problemsOf(plan, { asset: "usdt", scale: "8" })).toHaveProperty("asset");
  expect(problemsOf(plan, { asset: "gold!", scale: "8" })).toHaveProperty("asset");
  expect(problemsOf(plan, { asset: "gold", scale: "9" })).toHaveProperty("scale");
  expect(problemsOf(plan, { asset: "gold", scale: "4" })).toEqual({});
});

test("numbers are looked at before anything is sent", () => {
  const plan = rulesPlan(GOLD);
  const wrong: Texts = { ...initialTexts(plan), collar_bps: "5.5", reference_price: "2,000" };
  expect(Object.keys(problemsOf(plan, wrong))).toEqual(["collar_bps", "reference_price"]);
  const limits = limitsPlan({
    account_id: 1_000,
    open_orders_max: 0,
    orders_per_s: 0,
    orders_burst: 0,
  });
  const texts = { ...initialTexts(limits), orders_per_s: `${2 ** 31}` };
  expect(Object.keys(problemsOf(limits, texts))).toEqual(["orders_per_s"]);
});

test("a tier begins with what is set of it, else with the market's own fees", () => {
  expect(initialTexts(tierFeesPlan(GOLD, 2))).toEqual({ maker_fee_ppm: "0", taker_fee_ppm: "300" });
  expect(initialTexts(tierFeesPlan(GOLD, 3))).toEqual({
    maker_fee_ppm: "500",
    taker_fee_ppm: "1000",
  });
});

test("a schedule is sent in seconds of the hour that was meant", () => {
  const plan = schedulePlan("GOLD-USDT");
  const texts = { status: "halt", at: "2026-12-24T09:00" };
  const at_s = new Date(2026, 11, 24, 9).getTime() / 1_000;
  expect(plan.wanted(texts, "").body).toEqual({ status: "halt", at_s });
  expect(isReady(plan, { status: "halt", at: "" }, "", "")).toBe(false);
});

test("trading hours become the calendar that the exchange reads", () => {
  const plan = calendarPlan("GOLD-USDT");
  const texts = {
    ...initialTexts(plan),
    timezone: "America/New_York",
    mon: "09:30-12:00, 13:00-16:00",
    tue: "",
    wed: "",
    thu: "",
    fri: "",
    holidays: "2026-12-25",
    early: "2026-11-27 13:00",
  };
  expect(calendarOf(texts)).toEqual({
    timezone: "America/New_York",
    open: "trading",
    close: "halt",
    sessions: { mon: ["09:30-12:00", "13:00-16:00"] },
    holidays: ["2026-12-25"],
    early_closes: { "2026-11-27": "13:00" },
  });
  const wrong = { ...texts, mon: "9-16", holidays: "Christmas", early: "2026-11-27" };
  expect(Object.keys(problemsOf(plan, wrong))).toEqual(["mon", "holidays", "early"]);
});

test("a withdrawal is decided only where it stands to be decided", () => {
  const at = (state: Withdrawal["state"], rail = "manual") => decisionsOf({ state, rail });
  expect(at("held")).toEqual(["approve", "void"]);
  expect(at("approved")).toEqual(["void"]);
  // From here on only the rail can say that nothing left.
  expect(at("sending")).toEqual(["paid", "failed"]);
  expect(at("sent", "simulated_chain")).toEqual([]);
  expect(at("posted")).toEqual([]);
});

test("a payment by hand is marked with its reference", () => {
  const one = {
    withdrawal_id: 3,
    account_id: 1_000,
    asset: "USDT",
    amount: "250.00",
    address: "DE12 3456",
  } as Withdrawal;
  const plan = withdrawalPlan(one, "paid");
  const texts = initialTexts(plan);
  expect(isReady(plan, texts, "", "")).toBe(false);
  expect(plan.wanted({ ...texts, paid: "249.50" }, "TX 17").body).toEqual({
    decision: "paid",
    paid: "249.50",
    note: "TX 17",
  });
});

test("an adjustment moves between two accounts, and says why", () => {
  const plan = adjustmentPlan(["USDT"]);
  const texts = { ...initialTexts(plan), to_account_id: "1", amount: "5" };
  expect(isReady(plan, texts, "refund", "")).toBe(false);
  const right = { ...texts, to_account_id: "1000" };
  expect(isReady(plan, right, "", "")).toBe(false);
  expect(isReady(plan, right, "refund", "")).toBe(true);
  expect(bodyOf(plan.fields, right)).toEqual({
    from_account_id: 1,
    to_account_id: 1_000,
    amount: "5",
    asset: "USDT",
  });
});

test("agreeing to a proposal says which money moves", () => {
  const moves = [{ from_account_id: 1, to_account_id: 1_000, asset: "USDT", amount: "5" }];
  const one = {
    proposal_id: 4,
    kind: "adjustment",
    subject: "x",
    moves,
    state: "open",
  } as Proposal;
  expect(proposalPlan(one, "approve").words({})).toContain("5 USDT");
  expect(proposalPlan(one, "reject").wanted({}, "").body).toEqual({ decision: "reject" });
});

test("what an act changed is told by field", () => {
  const before = { status: "halt", tick_size: "0.01", tier_fees: [] };
  const after = { status: "trading", tick_size: "0.01", tier_fees: [{ tier: 1 }], price_max: null };
  expect(differences(before, after)).toEqual([
    { name: "status", before: "halt", after: "trading" },
    { name: "tier_fees", before: "[]", after: '[{"tier":1}]' },
  ]);
});

test("a query says only what was chosen", () => {
  expect(withQuery("/admin/users", { email: "", role: "admin", limit: 50 })).toBe(
    "/admin/users?role=admin&limit=50",
  );
  expect(withQuery("/admin/users", { email: "" })).toBe("/admin/users");
  expect(nsOf("")).toBe("");
  expect(nsOf("2026-11-20T10:00").endsWith("000000000")).toBe(true);
});

const series = (name: string, process: string, label: string, points: (number | null)[]) =>
  ({ name, title: name, unit: "seconds", process, label, points }) satisfies MetricSeries;

test("series of one name are one chart, its lines told apart by what differs", () => {
  const charts = chartsOf({
    series: [
      series("order_seconds", "gateway", "p50", [0.001, 0.002]),
      series("cpu", "engine", "", [0.1]),
      series("order_seconds", "gateway", "p99", [0.003, null]),
      series("cpu", "gateway", "", [0.2]),
    ],
  });
  expect(charts.map(({ name, top, lines }) => [name, top, lines.map((line) => line.name)])).toEqual(
    [
      ["order_seconds", 0.005, ["p50", "p99"]],
      ["cpu", 0.2, ["engine", "gateway"]],
    ],
  );
});

test("a line is broken where nothing was measured", () => {
  const { width, height } = BOX;
  expect(pathOf([0, 10, null, 5, 10], 10)).toBe(
    `M0.0 ${height}.0L${width / 4}.0 0.0M${(width * 3) / 4}.0 ${height / 2}.0L${width}.0 0.0`,
  );
  expect(lastOf([1, 2, null])).toBe(2);
  expect(lastOf([null])).toBeNull();
});

test("scales jump by 1, 2 and 5", () => {
  expect([0, 0.0031, 1, 1.2, 99, 600].map(roundUp)).toEqual([1, 0.005, 1, 2, 100, 1_000]);
});

test("measurements have three digits and their unit", () => {
  expect(formatMetric(0.00124, "seconds")).toBe("1.24 ms");
  expect(formatMetric(0, "seconds")).toBe("0 µs");
  expect(formatMetric(12_345, "per_second")).toBe("12.3 K/s");
  expect(formatMetric(0.256, "ratio")).toBe("25.6 %");
  expect(formatMetric(3 * 2 ** 20, "bytes")).toBe("3 MiB");
  expect(formatMetric(null, "count")).toBe("–");
});

test.each(Object.entries(ADMIN_WORDS))("the words are plain and whole in %s", (_, catalogue) => {
  const values = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const wrong = Object.entries(catalogue).filter(
    ([key, text]) =>
      text.includes("!") ||
      text.trim() === "" ||
      String(values(text)) !== String(values(ADMIN_WORDS.en[key as keyof typeof ADMIN_WORDS.en])),
  );
  expect(wrong).toEqual([]);
});
