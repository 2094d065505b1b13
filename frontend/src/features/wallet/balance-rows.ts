import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Balance, Ticker } from "../../api/types";
import { fixedFromServer, pow10, rescale } from "../../lib/fixed-point";
import { type Leg, type Quote, routeOf, valueBy } from "./valuation";

/** One asset of an account with its worth, null where no price leads there. */
export interface BalanceRow {
  balance: Balance;
  /** Units of the asset's scale. */
  total: bigint;
  /** The same at one scale for all assets: to sort by. */
  wholeTotal: bigint;
  route: Leg[] | null;
  /** Of one whole unit, and of all, in units of the other asset's scale. */
  price: bigint | null;
  value: bigint | null;
}

const SCALE_MAX = 8;

/** The last prices there are. */
export function quotesOf(
  instruments: readonly InstrumentSpec[],
  tickers: Readonly<Record<string, Ticker>>,
): Quote[] {
  return instruments.flatMap(({ symbol, base, quote, priceDecimals }) => {
    const last = tickers[symbol]?.last;
    if (!last) return [];
    const price = fixedFromServer(last, priceDecimals);
    return price > 0n ? [{ symbol, base, quote, price, decimals: priceDecimals }] : [];
  });
}

export function balanceRows(
  balances: readonly Balance[],
  into: string,
  quotes: readonly Quote[],
  scaleOf: (asset: string) => number,
): BalanceRow[] {
  const intoScale = scaleOf(into);
  return balances.map((balance) => {
    const scale = scaleOf(balance.asset);
    const total = fixedFromServer(balance.total, scale);
    const route = routeOf(balance.asset, into, quotes);
    const worth = (units: bigint) =>
      route === null ? null : valueBy(units, scale, route, intoScale);
    return {
      balance,
      total,
      wholeTotal: rescale(total, scale, SCALE_MAX),
      route,
      price: worth(pow10(scale)),
      value: worth(total),
    };
  });
}

/** All rows together: the sum, the prices it rests on, and what had none. */
export function worthOf(rows: readonly BalanceRow[]): {
  units: bigint;
  prices: Quote[];
  unpriced: string[];
} {
  const owned = rows.filter(({ total }) => total !== 0n);
  const quotes = owned.flatMap(({ route }) => (route ?? []).map(({ quote }) => quote));
  return {
    units: owned.reduce((sum, { value }) => sum + (value ?? 0n), 0n),
    prices: [...new Set(quotes)],
    unpriced: owned.filter(({ value }) => value === null).map(({ balance }) => balance.asset),
  };
}
