import { pow10 } from "../../lib/fixed-point";

/** What an amount of one asset is worth in another, at given prices. Whole numbers throughout. */

export interface Quote {
  symbol: string;
  base: string;
  quote: string;
  /** Of one base in the quote asset, units of 10^-decimals; above zero. */
  price: bigint;
  decimals: number;
}

/** A price on the way from one asset to another; `isInverse`: from its quote asset to its base. */
export interface Leg {
  quote: Quote;
  isInverse: boolean;
}

/** The shortest way by at most two prices; [] for the asset itself, null if there is none. */
export function routeOf(from: string, into: string, quotes: readonly Quote[]): Leg[] | null {
  if (from === into) return [];
  const first = legsFrom(from, quotes);
  const direct = first.find((leg) => endOf(leg) === into);
  if (direct !== undefined) return [direct];
  for (const leg of first) {
    const second = legsFrom(endOf(leg), quotes).find((next) => endOf(next) === into);
    if (second !== undefined) return [leg, second];
  }
  return null;
}

function legsFrom(asset: string, quotes: readonly Quote[]): Leg[] {
  return quotes.flatMap((quote): Leg[] => {
    if (quote.base === asset) return [{ quote, isInverse: false }];
    return quote.quote === asset ? [{ quote, isInverse: true }] : [];
  });
}

function endOf({ quote, isInverse }: Leg): string {
  return isInverse ? quote.base : quote.quote;
}

/** `units` of 10^-scale by a way, in units of 10^-intoScale, cut off towards zero once, at the end. */
export function valueBy(
  units: bigint,
  scale: number,
  route: readonly Leg[],
  intoScale: number,
): bigint {
  let numerator = units * pow10(intoScale);
  let denominator = pow10(scale);
  for (const { quote, isInverse } of route) {
    numerator *= isInverse ? pow10(quote.decimals) : quote.price;
    denominator *= isInverse ? quote.price : pow10(quote.decimals);
  }
  return numerator / denominator;
}
