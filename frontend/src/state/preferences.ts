import { create } from "zustand";
import { INTERVALS, type Interval } from "../api/types";
import { LOCALES, type Locale, preferredLocale } from "../i18n/translate";

export const INDICATORS = ["ma", "ema", "vwap", "bollinger", "rsi", "macd"] as const;
export type Indicator = (typeof INDICATORS)[number];
export type ThemeChoice = "system" | "night" | "day";
export type Theme = "night" | "day";

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
  return known;
}
