import { create } from "zustand";
import { INTERVALS, type Interval } from "../api/types";
import { LOCALES, type Locale, preferredLocale } from "../i18n/translate";
import { type Layouts, saneLayouts } from "./desk-layout";

export const INDICATORS = ["ma", "ema", "vwap", "bollinger", "rsi", "macd"] as const;
export type Indicator = (typeof INDICATORS)[number];
export type ThemeChoice = "system" | "night" | "day";
export type Theme = "night" | "day";

/** The colours of bids and asks: told apart by everybody, or as most exchanges have them. */
export const PALETTES = ["sea", "traffic"] as const;
export type Palette = (typeof PALETTES)[number];

export const QUESTIONS = ["market", "large", "cancelAll"] as const;
export type Question = (typeof QUESTIONS)[number];

/** A date is of one order only, so it is never what the next one begins with. */
const USUAL_TIMES = ["gtc", "ioc", "fok"] as const;
export type UsualTimeInForce = (typeof USUAL_TIMES)[number];

interface Preferences {
  locale: Locale;
  theme: ThemeChoice;
  interval: Interval;
  symbol: string | null;
  /** Book grouping by symbol, in price units. */
  steps: Record<string, number>;
  /** Symbols of the markets that stand first. */
  favourites: readonly string[];
  /** The tour was taken or declined. */
  tourSeen: boolean;
  /** Drawn on the chart, in the order of `INDICATORS`. */
  indicators: readonly Indicator[];
  layouts: Layouts;
  palette: Palette;
  /** What is asked about before it is done. */
  confirm: Readonly<Record<Question, boolean>>;
  /** From how much, in the quote asset, an order is a large one; decimal text. */
  largeFrom: string;
  /** What the next order begins with. */
  timeInForce: UsualTimeInForce;
  postOnly: boolean;
}

const KEY = "openbell.preferences";
const DEFAULTS: Preferences = {
  locale: preferredLocale(globalThis.navigator?.languages ?? []),
  theme: "system",
  interval: "1m",
  symbol: null,
  steps: {},
  favourites: [],
  tourSeen: false,
  indicators: [],
  layouts: {},
  palette: "sea",
  confirm: { market: true, large: true, cancelAll: true },
  largeFrom: "100000",
  timeInForce: "gtc",
  postOnly: false,
};

export const usePreferences = create<Preferences>(() => ({ ...DEFAULTS, ...stored() }));

export function setPreferences(change: Partial<Preferences>): void {
  usePreferences.setState(change);
  try {
    localStorage.setItem(KEY, JSON.stringify(usePreferences.getState()));
  } catch {
    // Storage is full or forbidden: the choice then lasts as long as the page.
  }
}

/** What the choice comes to now. public/theme.js does the same before the first paint. */
export function resolveTheme(choice: ThemeChoice, systemPrefersDay: boolean): Theme {
  if (choice !== "system") return choice;
  return systemPrefersDay ? "day" : "night";
}

function stored(): Partial<Preferences> {
  try {
    return sane(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>);
  } catch {
    return {};
  }
}

/** Text from storage may be of an older version, or anyone's. */
function sane(found: Partial<Preferences>): Partial<Preferences> {
  const known: Partial<Preferences> = {};
  const { locale } = found;
  if (locale !== undefined && Object.hasOwn(LOCALES, locale)) known.locale = locale;
  if (found.theme === "night" || found.theme === "day") known.theme = found.theme;
  if (INTERVALS.includes(found.interval as Interval)) known.interval = found.interval;
  if (typeof found.symbol === "string") known.symbol = found.symbol;
  if (typeof found.steps === "object" && found.steps !== null) known.steps = found.steps;
  if (Array.isArray(found.favourites)) {
    known.favourites = found.favourites.filter((symbol) => typeof symbol === "string");
  }
  if (found.tourSeen === true) known.tourSeen = true;
  if (Array.isArray(found.indicators)) {
    known.indicators = INDICATORS.filter((name) => found.indicators!.includes(name));
  }
  known.layouts = saneLayouts(found.layouts ?? null);
  if (PALETTES.includes(found.palette as Palette)) known.palette = found.palette;
  if (USUAL_TIMES.includes(found.timeInForce as UsualTimeInForce)) {
    known.timeInForce = found.timeInForce;
  }
  if (typeof found.postOnly === "boolean") known.postOnly = found.postOnly;
  if (/^\d{1,15}$/.test(found.largeFrom ?? "")) known.largeFrom = found.largeFrom;
  known.confirm = { ...DEFAULTS.confirm };
  for (const question of QUESTIONS) {
    if (found.confirm?.[question] === false)
      known.confirm = { ...known.confirm, [question]: false };
  }
  return known;
}
