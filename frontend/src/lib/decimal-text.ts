import { formatFixed, parseFixed } from "./fixed-point";

/**
 * Text as typed or pasted. A number copied from a table ("64,012.13") loses its separators; a lone comma
 * stays, and is refused later, since "0,25" and "1,250" may mean two things.
 */
export function cleanDecimal(text: string): string {
  const trimmed = text.trim();
  return /^\d{1,3}(,\d{3})+\.\d+$/.test(trimmed) ? trimmed.replaceAll(",", "") : trimmed;
}

/** The value one step up or down, never below zero; the text itself if it is no number. */
export function stepDecimal(text: string, scale: number, step: bigint, steps: number): string {
  const units = text === "" ? 0n : parseFixed(text, scale);
  if (units === null) return text;
  const moved = units + step * BigInt(steps);
  return formatFixed(moved < 0n ? 0n : moved, scale);
}
