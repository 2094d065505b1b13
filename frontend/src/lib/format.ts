import { rescale, trimFixed } from "./fixed-point";

/** A decimal in two parts: the second (point and decimals) is shown smaller and dimmer. */
export interface SplitDecimal {
  whole: string;
  decimals: string;
}

/** Groups the digits before the point by three. */
export function groupDigits(text: string): string {
  const { whole, decimals } = splitDecimal(text);
  return whole + decimals;
}

export function splitDecimal(text: string): SplitDecimal {
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  const decimals = point < 0 ? "" : text.slice(point);
  return { whole: whole.replace(/\B(?=(\d{3})+$)/g, ","), decimals };
}

/** Parts per million as per cent, sign included when `signed`: 12500 → "+1.25 %". */
export function formatPpm(ppm: number, signed = false, decimals = 2): string {
  const sign = ppm < 0 ? "−" : signed && ppm > 0 ? "+" : "";
  return `${sign}${(Math.abs(ppm) / 10_000).toFixed(decimals)} %`;
}

/** A fee rate with no more decimals than it needs: 500 → "0.05 %". */
export function formatRate(ppm: number): string {
  return `${trimFixed(BigInt(ppm), 4)} %`;
}

const UNITS: readonly (readonly [bigint, string])[] = [
  [1_000_000_000n, "B"],
  [1_000_000n, "M"],
  [1_000n, "K"],
];

/** A large decimal at three to four significant digits: "1.284 M". Below 1,000 at most two decimals. */
export function compactDecimal(text: string): string {
  const [whole = "0", fraction = ""] = text.split(".");
  const hundredths = BigInt(whole + fraction.padEnd(2, "0").slice(0, 2));
  for (const [unit, suffix] of UNITS) {
    if (hundredths >= unit * 100n) {
      const thousandths = (hundredths * 10n) / unit;
      const decimals = thousandths >= 100_000n ? 1 : thousandths >= 10_000n ? 2 : 3;
      return `${trimFixed(rescale(thousandths, 3, decimals), decimals, decimals)} ${suffix}`;
    }
  }
  return trimFixed(hundredths, 2);
}

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });

/** Time of day, "14:03:27". */
export function formatClock(ms: number): string {
  return clock.format(ms);
}

/** "20 Nov 14:03:27". */
export function formatDateTime(ms: number): string {
  return `${day.format(ms)} ${clock.format(ms)}`;
}

const minute = new Intl.DateTimeFormat("en-GB", {
  day: "2-digit",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** "20 Nov, 14:03". */
export function formatDayTime(ms: number): string {
  return minute.format(ms);
}

const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** "20 Nov 2026". */
export function formatDay(ms: number): string {
  return date.format(ms);
}

/** An age: "40 ms", "1.2 s", "14 s". */
export function formatAge(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`;
}
