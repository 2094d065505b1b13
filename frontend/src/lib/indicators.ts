/**
 * Figures drawn over or under candles. Each takes arrays of equal length, oldest first, and returns as many
 * points, NaN where too few bars precede one. Doubles: a chart draws pixels, no order is made from them.
 */

export interface Band {
  upper: Float64Array;
  middle: Float64Array;
  lower: Float64Array;
}

export interface Macd {
  line: Float64Array;
  signal: Float64Array;
  histogram: Float64Array;
}

/** Simple moving average of the last `length` values. */
export function sma(values: Float64Array, length: number): Float64Array {
  const out = new Float64Array(values.length).fill(Number.NaN);
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) {
    sum += values[at]!;
    if (at >= length) sum -= values[at - length]!;
    if (at >= length - 1) out[at] = sum / length;
  }
  return out;
}

/** Exponential moving average with weight 2 / (length + 1), begun with the mean of the first `length` values. */
export function ema(values: Float64Array, length: number): Float64Array {
  return smoothed(values, length, 2 / (length + 1));
}

/**
 * Volume-weighted average price since midnight UTC, a bar's price being the mean of high, low and close.
 * `times_s` are open times in Unix seconds.
 */
export function vwap(
  times_s: Float64Array,
  highs: Float64Array,
  lows: Float64Array,
  closes: Float64Array,
  volumes: Float64Array,
): Float64Array {
  const out = new Float64Array(closes.length).fill(Number.NaN);
  let [day, paid, traded] = [Number.NaN, 0, 0];
  for (let at = 0; at < closes.length; at += 1) {
    const today = Math.floor(times_s[at]! / 86_400);
    if (today !== day) [day, paid, traded] = [today, 0, 0];
    paid += ((highs[at]! + lows[at]! + closes[at]!) / 3) * volumes[at]!;
    traded += volumes[at]!;
    if (traded > 0) out[at] = paid / traded;
  }
  return out;
}

/** Moving average of `length` and lines `width` standard deviations above and below it (Bollinger). */
export function bollinger(values: Float64Array, length: number, width: number): Band {
  const middle = sma(values, length);
  const upper = new Float64Array(values.length).fill(Number.NaN);
  const lower = new Float64Array(values.length).fill(Number.NaN);
  for (let at = length - 1; at < values.length; at += 1) {
    let squares = 0;
    for (let back = 0; back < length; back += 1) squares += (values[at - back]! - middle[at]!) ** 2;
    const deviation = Math.sqrt(squares / length);
    upper[at] = middle[at]! + width * deviation;
    lower[at] = middle[at]! - width * deviation;
  }
  return { upper, middle, lower };
}

/** Relative strength index, 0 to 100: Wilder's averages of rises and falls over `length` bars. */
export function rsi(values: Float64Array, length: number): Float64Array {
  const rises = new Float64Array(values.length).fill(Number.NaN);
  const falls = new Float64Array(values.length).fill(Number.NaN);
  for (let at = 1; at < values.length; at += 1) {
    const change = values[at]! - values[at - 1]!;
    rises[at] = Math.max(0, change);
    falls[at] = Math.max(0, -change);
  }
  const rise = smoothed(rises, length, 1 / length);
  const fall = smoothed(falls, length, 1 / length);
  return rise.map((up, at) => (up + fall[at]! === 0 ? 50 : (100 * up) / (up + fall[at]!)));
}

/** Difference of a fast and a slow moving average, its own average, and the difference of the two. */
export function macd(values: Float64Array, fast: number, slow: number, length: number): Macd {
  const slowly = ema(values, slow);
  const line = ema(values, fast).map((value, at) => value - slowly[at]!);
  const signal = ema(line, length);
  return { line, signal, histogram: line.map((value, at) => value - signal[at]!) };
}

/** NaNs at the beginning are skipped; the mean of the first `length` values begins it. */
function smoothed(values: Float64Array, length: number, weight: number): Float64Array {
  const out = new Float64Array(values.length).fill(Number.NaN);
  let first = 0;
  while (first < values.length && Number.isNaN(values[first])) first += 1;
  const begin = first + length - 1;
  if (begin >= values.length) return out;
  let value = 0;
  for (let at = first; at <= begin; at += 1) value += values[at]! / length;
  out[begin] = value;
  for (let at = begin + 1; at < values.length; at += 1) {
    value += weight * (values[at]! - value);
    out[at] = value;
  }
  return out;
}
