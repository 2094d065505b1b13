import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Ticker } from "../../api/types";
import type { Sort } from "../../ui/DataTable";

export interface MarketRow {
  spec: InstrumentSpec;
  ticker: Ticker | undefined;
  isFavourite: boolean;
}

interface Wish {
  search: string;
  onlyFavourites: boolean;
  sort: Sort;
}

/** The markets to show, favourites first, in the order wished for. */
export function marketRows(
  instruments: readonly InstrumentSpec[],
  tickers: Readonly<Record<string, Ticker>>,
  favourites: readonly string[],
  { search, onlyFavourites, sort }: Wish,
): MarketRow[] {
  const text = search.trim().toUpperCase();
  const rows = instruments
    .filter(({ symbol }) => symbol.includes(text))
    .map((spec) => ({
      spec,
      ticker: tickers[spec.symbol],
      isFavourite: favourites.includes(spec.symbol),
    }))
    .filter((row) => row.isFavourite || !onlyFavourites);
  const sign = sort.descending ? -1 : 1;
  return rows.sort(
    (a, b) =>
      Number(b.isFavourite) - Number(a.isFavourite) ||
      sign * compare(a, b, sort.key) ||
      a.spec.symbol.localeCompare(b.spec.symbol),
  );
}

/** Markets of different quote assets have no common measure: a float is exact enough to order them. */
function compare(a: MarketRow, b: MarketRow, key: string): number {
  if (key === "symbol") return a.spec.symbol.localeCompare(b.spec.symbol);
  return measure(a.ticker, key) - measure(b.ticker, key);
}

function measure(ticker: Ticker | undefined, key: string): number {
  if (key === "change") return ticker?.change_ppm ?? 0;
  if (key === "volume") return Number(ticker?.quote_volume ?? 0);
  return Number(ticker?.last ?? 0);
}
