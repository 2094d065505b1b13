/**
 * Market data as whole numbers of 10^-decimals in a double: exact below 2^53, which the exchange guarantees
 * for prices and quantities. Money the user commits goes through fixed-point instead.
 */

/** Units of 10^-decimals in a decimal the server sent. Throws on anything else. */
export function parseUnits(text: string, decimals: number): number {
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  let fraction = point < 0 ? "" : text.slice(point + 1);
  while (fraction.length > decimals && fraction.endsWith("0")) fraction = fraction.slice(0, -1);
  const units = Number(whole + fraction.padEnd(decimals, "0"));
  if (fraction.length > decimals || !Number.isSafeInteger(units)) {
    throw new RangeError(`not a whole number of 10^-${decimals}: ${text}`);
  }
  return units;
}

/** `parseUnits` for a number that may be below zero. */
export function parseSignedUnits(text: string, decimals: number): number {
  // Adding zero makes -0 plain.
  return text.startsWith("-")
    ? -parseUnits(text.slice(1), decimals) + 0
    : parseUnits(text, decimals);
}

/** Decimal text with exactly `decimals` digits, no grouping. */
export function formatUnits(units: number, decimals: number): string {
  const digits = Math.abs(units)
    .toFixed(0)
    .padStart(decimals + 1, "0");
  const split = digits.length - decimals;
  const text = decimals === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`;
  return units < 0 ? `-${text}` : text;
}

/** The group of `step` a price belongs to: bids round down, asks round up, never to a better price. */
export function groupPrice(priceUnits: number, step: number, isBid: boolean): number {
  const groups = priceUnits / step;
  return (isBid ? Math.floor(groups) : Math.ceil(groups)) * step;
}

/** Milliseconds in a nanosecond decimal string (a Unix time in ns is beyond 2^53). */
export function msFromNs(tsNs: string): number {
  return tsNs.length <= 6 ? 0 : Number(tsNs.slice(0, -6));
}
