/**
 * Exact decimals: a value is a BigInt count of 10^-scale. Nothing here ever becomes a float, so what the
 * user types is what is sent.
 */

const DECIMAL = /^(\d+)(?:\.(\d*))?$|^\.(\d+)$/;

export function pow10(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/** Units of 10^-scale in `text`, or null if it is no plain decimal or has digits below the scale. */
export function parseFixed(text: string, scale: number): bigint | null {
  const trimmed = text.trim();
  const match = DECIMAL.exec(trimmed);
  if (match === null) return null;
  const whole = match[1] ?? "0";
  const fraction = (match[2] ?? match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > scale) return null;
  return BigInt(whole + fraction.padEnd(scale, "0"));
}

/** `parseFixed` for text the server sent: anything unreadable there is a fault, not a user's slip. */
export function fixedFromServer(text: string, scale: number): bigint {
  const negative = text.startsWith("-");
  const units = parseFixed(negative ? text.slice(1) : text, scale);
  if (units === null) throw new RangeError(`not a decimal of scale ${scale}: ${text}`);
  return negative ? -units : units;
}

/** Plain decimal text with exactly `scale` digits after the point, no grouping: what the API takes. */
export function formatFixed(units: bigint, scale: number): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const text = scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`;
  return negative ? `-${text}` : text;
}

/** `formatFixed` without trailing zeros, keeping at least `decimalsMin` of them. */
export function trimFixed(units: bigint, scale: number, decimalsMin = 0): string {
  const text = formatFixed(units, scale);
  if (scale === 0) return text;
  const point = text.indexOf(".");
  let end = text.length;
  while (end > point + 1 + decimalsMin && text[end - 1] === "0") end -= 1;
  return end === point + 1 ? text.slice(0, point) : text.slice(0, end);
}

/** Changes the scale; digits that no longer fit are cut off (towards zero). */
export function rescale(units: bigint, from: number, to: number): bigint {
  if (to >= from) return units * pow10(to - from);
  return units / pow10(from - to);
}

/** Smallest whole number not below numerator / denominator (both ≥ 0). */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/** The largest multiple of `step` not above `units`. */
export function floorTo(units: bigint, step: bigint): bigint {
  return units - (units % step);
}

/** price × qty in units of 10^-scale, cut off towards zero. */
export function notional(
  price: bigint,
  priceDecimals: number,
  qty: bigint,
  qtyDecimals: number,
  scale: number,
): bigint {
  return rescale(price * qty, priceDecimals + qtyDecimals, scale);
}
