import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Candle } from "../../src/api/types";
import type { BalanceHistory, LiabilityProof } from "../../src/api/wallet";
import { equityOf } from "../../src/features/wallet/equity";
import { leadsToRoot } from "../../src/features/wallet/liability-check";

const HOUR_NS = 3_600_000_000_000n;
const START_NS = 1_760_000_400_000_000_000n - (1_760_000_400_000_000_000n % HOUR_NS);
const at = (step: number) => String(START_NS + BigInt(step) * HOUR_NS);
const MARKETS = [{ symbol: "BTC-USDT", base: "BTC", quote: "USDT", priceDecimals: 2 }];

const closes = (...prices: (string | null)[]) => ({
  "BTC-USDT": prices.flatMap((close, step) =>
    close === null ? [] : [{ ts_open_ns: at(step), close } as Candle],
  ),
});

const history = (count: number, assets: BalanceHistory["assets"]): BalanceHistory => ({
  interval: "1h",
  from_ts_ns: at(0),
  count,
  assets,
});

const inUsdt = (candles: Record<string, Candle[]>) => ({
  markets: MARKETS,
  candles,
  into: "USDT",
  scaleOf: () => 8,
});

const usdt = (amount: bigint) => amount * 100_000_000n;

test("a deposit raises the curve and is no profit", () => {
  const told = history(3, [
    {
      asset: "USDT",
      opening: "100",
      changes: [{ ts_open_ns: at(1), change: "50", moved: "50" }],
    },
  ]);
  const { points } = equityOf(told, inUsdt({}));
  expect(points.map(({ equity, moved, result }) => [equity, moved, result])).toEqual([
    [usdt(100n), 0n, 0n],
    [usdt(150n), usdt(50n), 0n],
    [usdt(150n), 0n, 0n],
  ]);
});

test("what prices and trades make is the result, to the last atom", () => {
  const told = history(3, [
    { asset: "BTC", opening: "1", changes: [{ ts_open_ns: at(1), change: "-0.5", moved: "0" }] },
    {
      asset: "USDT",
      opening: "0",
      changes: [{ ts_open_ns: at(1), change: "31999.99999999", moved: "0" }],
    },
  ]);
  const { points, symbols } = equityOf(told, inUsdt(closes("60000.00", "64000.00", "64000.02")));
  expect(points.map(({ result }) => result)).toEqual([
    0n,
    usdt(4_000n) - 1n,
    usdt(4_000n) + 1_000_000n - 1n,
  ]);
  expect(symbols).toEqual(["BTC-USDT"]);
});

test("coins that come in are valued at the close of their hour", () => {
  const told = history(2, [
    { asset: "BTC", opening: "0", changes: [{ ts_open_ns: at(1), change: "2", moved: "2" }] },
  ]);
  const { points } = equityOf(told, inUsdt(closes("60000", "61000")));
  expect(points.at(-1)).toMatchObject({
    equity: usdt(122_000n),
    moved: usdt(122_000n),
    result: 0n,
  });
});

test("the curve begins once everything owned has a price, and says what had none", () => {
  const told = history(3, [{ asset: "BTC", opening: "1", changes: [] }]);
  const { points, unpriced } = equityOf(told, inUsdt(closes(null, "60000", "61000")));
  expect(points.map(({ equity }) => equity)).toEqual([usdt(60_000n), usdt(61_000n)]);
  expect(unpriced).toEqual(["BTC"]);
});

test("nothing owned is no curve", () => {
  expect(equityOf(history(3, []), inUsdt({})).points).toEqual([]);
});

const sha = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const number = (value: bigint, bytes: number) =>
  Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex");

/** A publication of two balances: mine, and one beside it. */
function published(mine: bigint, beside: bigint): LiabilityProof {
  const salt = Buffer.alloc(16, 7);
  const leafHash = sha(
    Buffer.of(0),
    salt,
    number(1001n, 8),
    Buffer.of(3),
    Buffer.from("BTC"),
    number(mine, 16),
  );
  const other = sha(Buffer.from("somebody else's leaf"));
  const root = sha(Buffer.of(1), other, number(beside, 16), leafHash, number(mine, 16));
  return {
    account_id: 1001,
    publication: {
      liability_id: 1,
      event_seq: 9,
      chain: "",
      ts_ns: "1",
      assets: [
        {
          asset: "BTC",
          total: "",
          total_atoms: String(mine + beside),
          leaves: 2,
          root_hash: root.toString("hex"),
        },
      ],
    },
    leaves: [
      {
        asset: "BTC",
        amount: "",
        amount_atoms: String(mine),
        salt: salt.toString("hex"),
        path: [{ side: "left", hash: other.toString("hex"), sum_atoms: String(beside) }],
      },
    ],
  };
}

test("a balance that was counted leads to the root; one that was changed does not", async () => {
  const proof = published(5n, 7n);
  const [leaf] = proof.leaves;
  expect(await leadsToRoot(proof, leaf!)).toBe(true);
  expect(await leadsToRoot(proof, { ...leaf!, amount_atoms: "6" })).toBe(false);
  const negative = { ...leaf!.path[0]!, sum_atoms: "-1" };
  expect(await leadsToRoot(proof, { ...leaf!, path: [negative] })).toBe(false);
});
