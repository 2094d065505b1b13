import type { Candle } from "../../api/types";
import type { BalanceHistory } from "../../api/wallet";
import { fixedFromServer } from "../../lib/fixed-point";
import { type Quote, routeOf, valueBy } from "./valuation";

/** What an account was worth over time: the ledger's balances at the closes of candles. Whole numbers. */

export interface Market {
  symbol: string;
  base: string;
  quote: string;
  priceDecimals: number;
}

/** At the close of a step; units of the scale of the asset that things are valued in. */
export interface EquityPoint {
  openMs: number;
  equity: bigint;
  /** What came in, less what went out, within the step: no trade made it. */
  moved: bigint;
  /** What trading and prices have made since the first point. */
  result: bigint;
}

export interface Equity {
  points: EquityPoint[];
  /** The markets whose prices were used. */
  symbols: string[];
  /** Assets that were owned while no price was known: the curve begins after that. */
  unpriced: string[];
}

interface Ground {
  markets: readonly Market[];
  candles: Readonly<Record<string, readonly Candle[]>>;
  into: string;
  scaleOf: (asset: string) => number;
}

export const STEP_MS = { "1m": 60_000, "1h": 3_600_000, "1d": 86_400_000 } as const;
export type EquityInterval = keyof typeof STEP_MS;

export function equityOf(history: BalanceHistory, ground: Ground): Equity {
  const { into, scaleOf } = ground;
  const stepMs = STEP_MS[history.interval as EquityInterval];
  const fromMs = Number(BigInt(history.from_ts_ns) / 1_000_000n);
  const closes = closesOf(ground);
  const held = new Map(
    history.assets.map(({ asset, opening }) => [asset, fixedFromServer(opening, scaleOf(asset))]),
  );
  const changes = changesByStep(history, scaleOf);
  const points: EquityPoint[] = [];
  const symbols = new Set<string>();
  const unpriced = new Set<string>();
  let movedInAll = 0n;
  for (let step = 0; step < history.count; step += 1) {
    const openMs = fromMs + step * stepMs;
    const quotes = ground.markets.flatMap((market) => quoteAt(market, closes, openMs));
    let [equity, moved, isWhole] = [0n, 0n, true];
    const now = changes.get(openMs) ?? [];
    for (const { asset, change } of now) held.set(asset, (held.get(asset) ?? 0n) + change);
    for (const [asset, units] of held) {
      const movedUnits = now.find((one) => one.asset === asset)?.moved ?? 0n;
      if (units === 0n && movedUnits === 0n) continue;
      const route = routeOf(asset, into, quotes);
      if (route === null) {
        unpriced.add(asset);
        isWhole = false;
        continue;
      }
      for (const { quote } of route) symbols.add(quote.symbol);
      equity += valueBy(units, scaleOf(asset), route, scaleOf(into));
      moved += valueBy(movedUnits, scaleOf(asset), route, scaleOf(into));
    }
    if (!isWhole) {
      // What is not known cannot be gone over: the curve begins behind it.
      points.length = 0;
      movedInAll = 0n;
      continue;
    }
    const first = points[0];
    movedInAll += first === undefined ? 0n : moved;
    const result = first === undefined ? 0n : equity - first.equity - movedInAll;
    points.push({ openMs, equity, moved, result });
  }
  return { points: sinceOwned(points), symbols: [...symbols], unpriced: [...unpriced] };
}

interface Change {
  asset: string;
  change: bigint;
  moved: bigint;
}

function changesByStep(history: BalanceHistory, scaleOf: Ground["scaleOf"]): Map<number, Change[]> {
  const byStep = new Map<number, Change[]>();
  for (const { asset, changes } of history.assets) {
    for (const { ts_open_ns, change, moved } of changes) {
      const openMs = Number(BigInt(ts_open_ns) / 1_000_000n);
      const scale = scaleOf(asset);
      const one = {
        asset,
        change: fixedFromServer(change, scale),
        moved: fixedFromServer(moved, scale),
      };
      byStep.set(openMs, [...(byStep.get(openMs) ?? []), one]);
    }
  }
  return byStep;
}

type Closes = Map<string, Map<number, bigint>>;

function closesOf({ markets, candles }: Ground): Closes {
  return new Map(
    markets.map(({ symbol, priceDecimals }) => [
      symbol,
      new Map(
        (candles[symbol] ?? []).map((candle) => [
          Number(BigInt(candle.ts_open_ns) / 1_000_000n),
          fixedFromServer(candle.close, priceDecimals),
        ]),
      ),
    ]),
  );
}

function quoteAt(
  { symbol, base, quote, priceDecimals: decimals }: Market,
  closes: Closes,
  openMs: number,
): Quote[] {
  const price = closes.get(symbol)?.get(openMs);
  return price === undefined || price === 0n ? [] : [{ symbol, base, quote, price, decimals }];
}

/** From the first money on: what was before that is no curve. */
function sinceOwned(points: readonly EquityPoint[]): EquityPoint[] {
  const first = points.findIndex(({ equity, moved }) => equity !== 0n || moved !== 0n);
  return first < 0 ? [] : points.slice(first);
}
