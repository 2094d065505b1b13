import { expect, test } from "vitest";
import type { Fill, Order } from "../../src/api/types";
import {
  askedOf,
  matchesOrder,
  NO_FILTER,
  readFilter,
  writeFilter,
} from "../../src/features/orders/order-filter";
import { feesOf, storyOf } from "../../src/features/orders/order-story";
import { isDay, monthOf } from "../../src/lib/days";
import { loadMatching } from "../../src/ui/pages";

const ORDER = {
  order_id: 77,
  client_order_id: "Web-abc",
  symbol: "BTC-USDT",
  side: "buy",
  type: "limit",
  status: "new",
  reason: null,
  created_ts_ns: "1000000000",
  updated_ts_ns: "1000000000",
  fills: [],
} as unknown as Order;

const fill = (seq: number, tsNs: string, fee = "0.1") =>
  ({ seq, ts_ns: tsNs, fee, fee_asset: "USDT" }) as Fill;

test("a view survives the way into the address and back", () => {
  const filter = {
    ...NO_FILTER,
    symbol: "BTC-USDT",
    side: "sell",
    status: "canceled",
    from: "2026-11-01",
    text: "web",
  };
  const params = writeFilter(new URLSearchParams("order=5"), filter);
  expect(readFilter(params)).toEqual(filter);
  expect(params.get("order")).toBe("5");
  expect(writeFilter(params, NO_FILTER).toString()).toBe("order=5");
});

test("what makes no sense in an address does not filter", () => {
  const odd = new URLSearchParams("side=up&status=open&from=2026-02-30&to=x&type=oco");
  expect(readFilter(odd)).toEqual(NO_FILTER);
});

test("without a status the history is all that has ended, up to the end of the last day", () => {
  const asked = askedOf({ ...NO_FILTER, from: "2026-11-20", to: "2026-11-20" }, "orders");
  expect(asked.status).toBe("closed");
  const hours = (BigInt(asked.to_ts_ns!) - BigInt(asked.from_ts_ns!)) / 3_600_000_000_000n;
  expect(hours).toBe(24n);
  expect(askedOf(NO_FILTER, "fills").status).toBeUndefined();
});

test("an order is found by a part of either id", () => {
  expect(matchesOrder(ORDER, { ...NO_FILTER, text: "web-A" })).toBe(true);
  expect(matchesOrder(ORDER, { ...NO_FILTER, text: "77" })).toBe(true);
  expect(matchesOrder(ORDER, { ...NO_FILTER, text: "78" })).toBe(false);
  expect(matchesOrder(ORDER, { ...NO_FILTER, type: "stop" })).toBe(false);
});

test("an order that was canceled half filled tells it in order", () => {
  const order: Order = {
    ...ORDER,
    status: "canceled",
    reason: "REQUESTED",
    updated_ts_ns: "10000000000",
    fills: [fill(9, "9000000000"), fill(4, "2000000000")],
  };
  expect(storyOf(order).map(({ kind, tsNs }) => [kind, tsNs])).toEqual([
    ["accepted", "1000000000"],
    ["fill", "2000000000"],
    ["fill", "9000000000"],
    ["ended", "10000000000"],
  ]);
});

test("a filled order ends with its last fill; an open one that was replaced says when", () => {
  const filled: Order = {
    ...ORDER,
    status: "filled",
    updated_ts_ns: "3000000000",
    fills: [fill(1, "3000000000")],
  };
  expect(storyOf(filled).map(({ kind }) => kind)).toEqual(["accepted", "fill"]);
  const replaced = { ...ORDER, updated_ts_ns: "4000000000" };
  expect(storyOf(replaced).map(({ kind }) => kind)).toEqual(["accepted", "changed"]);
});

test("fees are summed by asset without a rounding", () => {
  const fills = [fill(1, "1", "0.1"), fill(2, "2", "0.2"), { fee: "0.00000001", fee_asset: "BTC" }];
  expect(feesOf(fills, () => 8)).toEqual([
    { asset: "USDT", fee: "0.30000000" },
    { asset: "BTC", fee: "0.00000001" },
  ]);
});

test("a search goes through short pages until there is enough or nothing more", async () => {
  const pages = [
    { rows: [1, 2, 3], cursor: "a" },
    { rows: [], cursor: "b" },
    { rows: [4, 5], cursor: null },
  ];
  const asked: (string | null)[] = [];
  const load = async (cursor: string | null) => {
    asked.push(cursor);
    return pages[asked.length - 1]!;
  };
  expect(await loadMatching(load, null, (row) => row % 2 === 1)).toEqual({
    rows: [1, 3, 5],
    cursor: null,
  });
  expect(asked).toEqual([null, "a", "b"]);
});

test("days are the calendar's, and a month ends today at the latest", () => {
  expect(isDay("2024-02-29")).toBe(true);
  expect(isDay("2025-02-29")).toBe(false);
  expect(monthOf("2026-11-20", 0)).toEqual({ from: "2026-11-01", to: "2026-11-20" });
  expect(monthOf("2026-01-05", 1)).toEqual({ from: "2025-12-01", to: "2025-12-31" });
});
