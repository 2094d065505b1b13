import type { Instrument, ListedAsset, TradingStatus } from "../../api/admin";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { formatRate } from "../../lib/format";
import { type ActField, type ActPlan, bodyOf, changeBody, withReason } from "./act";
import { ASSET, ASSET_SCALE_MAX, judgeListing, judgeSteps } from "./listing";

const PPM_MAX = 1_000_000;
const BPS_MAX = 2 ** 31 - 1;
const SECONDS_MAX = 2 ** 32 - 1;

const pathOf = (symbol: string) => `/admin/instruments/${encodeURIComponent(symbol)}`;

/** Where an instrument can be moved by hand, but for closing it. */
export const MOVES: readonly TradingStatus[] = ["trading", "auction", "cancel_only", "halt"];

export function statusPlan(symbol: string, status: TradingStatus): ActPlan {
  const isClosing = status === "closed";
  return {
    title: say("moveOf", { symbol, status: t(`trading.${status}`) }),
    words: () => say(`moveTo_${status}`, { symbol }),
    confirm: say(`move_${status}`),
    isGrave: isClosing || status === "halt",
    ...(isClosing ? { typed: symbol } : {}),
    fields: [],
    reason: "optional",
    wanted: (_, reason) => ({
      method: "PUT",
      path: `${pathOf(symbol)}/status`,
      body: { status, ...withReason(reason) },
    }),
  };
}

export function ppmField(name: string, label: string, initial: string): ActField {
  return { name, label, kind: "whole", max: PPM_MAX, initial, unit: "ppm", hint: rateHint };
}

function rateHint(text: string): string | undefined {
  return /^\d{1,7}$/.test(text.trim()) ? `= ${formatRate(Number(text))}` : undefined;
}

function bpsField(name: string, label: string, initial: string): ActField {
  return { name, label, kind: "whole", max: BPS_MAX, initial, unit: "bps", hint: bpsHint };
}

function bpsHint(text: string): string | undefined {
  if (!/^\d{1,10}$/.test(text.trim())) return undefined;
  return Number(text) === 0 ? say("off") : `= ${formatRate(Number(text) * 100)}`;
}

function secondsField(name: string, label: string, initial: string): ActField {
  const hint = (text: string) => (text.trim() === "0" ? say("off") : undefined);
  return { name, label, kind: "whole", max: SECONDS_MAX, initial, unit: "s", hint };
}

function decimalField(name: string, label: string, initial: string, optional: boolean): ActField {
  return { name, label, kind: "decimal", initial, optional };
}

export function newInstrumentPlan(
  assets: readonly ListedAsset[],
  listed: readonly string[],
): ActPlan {
  const fields: ActField[] = [
    { name: "symbol", label: say("symbol"), kind: "text", initial: "", hint: () => "BASE-QUOTE" },
    {
      name: "status",
      label: say("begins"),
      kind: "choice",
      initial: "halt",
      options: (["halt", "trading", "auction"] as const).map((value) => ({
        value,
        label: t(`trading.${value}`),
      })),
    },
    decimalField("tick_size", say("tickSize"), "0.01", false),
    decimalField("lot_size", say("lotSize"), "0.0001", false),
    ppmField("maker_fee_ppm", say("makerFee"), "500"),
    ppmField("taker_fee_ppm", say("takerFee"), "1000"),
    decimalField("min_notional", say("minNotional"), "", true),
    bpsField("band_bps", say("band"), "1000"),
    decimalField("price_max", say("priceMax"), "", true),
    decimalField("qty_max", say("qtyMax"), "", true),
    {
      name: "scale",
      label: say("scaleOfNew"),
      kind: "whole",
      max: ASSET_SCALE_MAX,
      initial: `${ASSET_SCALE_MAX}`,
    },
  ];
  return {
    title: say("newInstrument"),
    words: ({ symbol = "", status = "halt" }) =>
      say(`newInstrument_${status as "halt" | "trading" | "auction"}`, {
        symbol: symbol.trim().toUpperCase() || "…",
        assets: newAssetsText(symbol, assets),
      }),
    confirm: say("listIt"),
    fields,
    judge: (texts) => judgeListing(texts, assets, listed),
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "POST",
      path: "/admin/instruments",
      body: {
        ...bodyOf(fields, texts),
        symbol: texts.symbol!.trim().toUpperCase(),
        ...withReason(reason),
      },
    }),
  };
}

function newAssetsText(symbol: string, assets: readonly ListedAsset[]): string {
  const names = symbol.trim().toUpperCase().split("-");
  const known = new Set(assets.map(({ asset }) => asset));
  const unknown = names.filter((name) => ASSET.test(name) && !known.has(name));
  return names.length === 2 && unknown.length > 0
    ? say("listsAssets", { assets: unknown.join(", ") })
    : "";
}

export function newAssetPlan(listed: readonly ListedAsset[]): ActPlan {
  return {
    title: say("newAsset"),
    words: ({ asset = "", scale = "" }) =>
      say("newAssetWords", { asset: asset.trim().toUpperCase() || "…", scale: scale || "…" }),
    confirm: say("listIt"),
    fields: [
      { name: "asset", label: say("asset"), kind: "text", initial: "" },
      { name: "scale", label: say("scale"), kind: "whole", max: ASSET_SCALE_MAX, initial: "8" },
    ],
    judge: ({ asset = "" }): Record<string, string> => {
      const name = asset.trim().toUpperCase();
      if (name !== "" && !ASSET.test(name)) return { asset: say("badAsset") };
      const isListed = listed.some((one) => one.asset === name);
      return isListed ? { asset: say("listedAlready", { symbol: name }) } : {};
    },
    reason: "optional",
    wanted: ({ asset = "", scale }, reason) => ({
      method: "POST",
      path: "/admin/assets",
      body: { asset: asset.trim().toUpperCase(), scale: Number(scale), ...withReason(reason) },
    }),
  };
}

export function termsPlan(one: Instrument, assets: readonly ListedAsset[]): ActPlan {
  const { symbol, base_asset: base, quote_asset: quote } = one;
  const fields: ActField[] = [
    decimalField("tick_size", say("tickSize"), one.tick_size, false),
    decimalField("lot_size", say("lotSize"), one.lot_size, false),
    ppmField("maker_fee_ppm", say("makerFee"), `${one.maker_fee_ppm}`),
    ppmField("taker_fee_ppm", say("takerFee"), `${one.taker_fee_ppm}`),
    decimalField("min_notional", say("minNotional"), one.min_notional, false),
    bpsField("band_bps", say("band"), `${one.band_bps}`),
    decimalField("price_max", say("priceMax"), one.price_max ?? "", true),
    decimalField("qty_max", say("qtyMax"), one.qty_max ?? "", true),
  ];
  const scale = (name: string) =>
    assets.find(({ asset }) => asset === name)?.scale ?? ASSET_SCALE_MAX;
  return {
    title: say("termsOf", { symbol }),
    words: ({ tick_size, lot_size }) =>
      say(
        tick_size?.trim() === one.tick_size && lot_size?.trim() === one.lot_size
          ? "termsWords"
          : "unitsWords",
        { symbol },
      ),
    confirm: say("setIt"),
    isChange: true,
    fields,
    judge: ({ tick_size = "", lot_size = "" }) =>
      judgeSteps({ base, quote }, { base: scale(base), quote: scale(quote) }, tick_size, lot_size),
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PATCH",
      path: pathOf(symbol),
      body: changeBody({ fields }, texts, reason),
    }),
  };
}

export function rulesPlan(one: Instrument): ActPlan {
  const fields: ActField[] = [
    bpsField("collar_bps", say("collar"), `${one.collar_bps}`),
    bpsField("breaker_bps", say("breaker"), `${one.breaker_bps}`),
    secondsField("breaker_window_s", say("breakerWindow"), `${one.breaker_window_s}`),
    secondsField("auction_s", say("auctionLength"), `${one.auction_s}`),
    decimalField("reference_price", say("referencePrice"), one.reference_price ?? "", true),
  ];
  return {
    title: say("rulesOf", { symbol: one.symbol }),
    words: () => say("rulesWords"),
    confirm: say("setIt"),
    isChange: true,
    fields,
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PUT",
      path: `${pathOf(one.symbol)}/rules`,
      body: changeBody({ fields }, texts, reason),
    }),
  };
}

export function tierFeesPlan(one: Instrument, tier: number): ActPlan {
  const set = one.tier_fees.find((fees) => fees.tier === tier);
  const fields: ActField[] = [
    ppmField("maker_fee_ppm", say("makerFee"), `${set?.maker_fee_ppm ?? one.maker_fee_ppm}`),
    ppmField("taker_fee_ppm", say("takerFee"), `${set?.taker_fee_ppm ?? one.taker_fee_ppm}`),
  ];
  return {
    title: say("tierFeesOf", { tier, symbol: one.symbol }),
    words: () => say("tierFeesWords", { tier, symbol: one.symbol }),
    confirm: say("setIt"),
    fields,
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PUT",
      path: `${pathOf(one.symbol)}/fees`,
      body: { tier, ...bodyOf(fields, texts), ...withReason(reason) },
    }),
  };
}
