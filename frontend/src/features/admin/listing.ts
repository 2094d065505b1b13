import type { ListedAsset } from "../../api/admin";
import { say } from "../../i18n/admin";
import { parseFixed, pow10 } from "../../lib/fixed-point";
import type { Texts } from "./act";

/** Whether a pair can be counted in whole units: the rules by which the exchange lists an instrument. */

const SYMBOL = /^[A-Z0-9]{1,11}-[A-Z0-9]{1,11}$/;
const DECIMALS_MAX = 18;
const NOTIONAL_ATOMS_MAX = 1n << 62n;

export const ASSET = /^[A-Z0-9]{1,11}$/;
export const ASSET_SCALE_MAX = 8;

/** Decimals of an asset: those it has, or those it will be listed with. */
function scaleOf(name: string, assets: readonly ListedAsset[], ofNew: number): number {
  return assets.find(({ asset }) => asset === name)?.scale ?? ofNew;
}

/** What is wrong with the terms of a new instrument, by field, in the exchange's words. */
export function judgeListing(
  texts: Texts,
  assets: readonly ListedAsset[],
  listed: readonly string[],
): Record<string, string> {
  const symbol = (texts.symbol ?? "").trim().toUpperCase();
  if (symbol === "") return {};
  if (!SYMBOL.test(symbol)) return { symbol: say("badSymbol") };
  const [base = "", quote = ""] = symbol.split("-");
  if (base === quote) return { symbol: say("badSymbol") };
  if (listed.includes(symbol)) return { symbol: say("listedAlready", { symbol }) };
  const scale = Number(texts.scale ?? ASSET_SCALE_MAX);
  const scales = { base: scaleOf(base, assets, scale), quote: scaleOf(quote, assets, scale) };
  return judgeSteps({ base, quote }, scales, texts.tick_size ?? "", texts.lot_size ?? "");
}

/** What is wrong with a tick and a lot. */
export function judgeSteps(
  { base, quote }: { base: string; quote: string },
  scales: { base: number; quote: number },
  tickText: string,
  lotText: string,
): Record<string, string> {
  const tick = parseFixed(tickText, DECIMALS_MAX);
  const lot = parseFixed(lotText, DECIMALS_MAX);
  if (tick === 0n) return { tick_size: say("moreThanZero") };
  if (lot === 0n) return { lot_size: say("moreThanZero") };
  if (lot !== null && lot % pow10(DECIMALS_MAX - scales.base) !== 0n) {
    return { lot_size: say("finerThanAsset", { asset: base, decimals: scales.base }) };
  }
  if (tick === null || lot === null) return {};
  const [atoms, rest] = divided(tick * lot * pow10(scales.quote), pow10(2 * DECIMALS_MAX));
  if (rest !== 0n || atoms === 0n || atoms > NOTIONAL_ATOMS_MAX) {
    const values = { tick: tickText.trim(), lot: lotText.trim(), asset: quote };
    return { tick_size: say("notWholeAtoms", values) };
  }
  return {};
}

function divided(value: bigint, by: bigint): [bigint, bigint] {
  return [value / by, value % by];
}
