import { en } from "./en";

export type MessageKey = keyof typeof en;
/** Another language translates every key; the compiler names the ones that are missing. */
export type Catalogue = Readonly<Record<MessageKey, string>>;
export type Locale = "en" | "de" | "es";
export type MessageValues = Readonly<Record<string, string | number>>;

/** Languages on offer, by their own names. English is always there; others are loaded when chosen. */
export const LOCALES: Readonly<
  Record<Locale, { name: string; load: () => Catalogue | Promise<Catalogue> }>
> = {
  en: { name: "English", load: () => en },
  de: { name: "Deutsch", load: async () => (await import("./de")).de },
  es: { name: "Español", load: async () => (await import("./es")).es },
};

let catalogue: Catalogue = en;
let spoken: Locale = "en";
const listeners = new Set<() => void>();

/** Speak another language. Should it fail to load, what is spoken stays. */
export async function loadCatalogue(locale: Locale): Promise<void> {
  catalogue = await LOCALES[locale].load();
  spoken = locale;
  for (const listener of listeners) listener();
}

/** The first language on offer among those a browser asks for; English if none is. */
export function preferredLocale(languages: readonly string[]): Locale {
  const offered = languages.map((language) => language.slice(0, 2).toLowerCase());
  return offered.find((language): language is Locale => Object.hasOwn(LOCALES, language)) ?? "en";
}

/** For `useSyncExternalStore`: the language spoken, and its changes. */
export function currentLocale(): Locale {
  return spoken;
}

export function onCatalogueChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function t(key: MessageKey, values?: MessageValues): string {
  return fill(catalogue[key], values);
}

/** `t` for a key made at run time, such as an error code; null if the catalogue has no such key. */
export function translateIfKnown(key: string): string | null {
  return key in catalogue ? catalogue[key as MessageKey] : null;
}

export function fill(template: string, values: MessageValues = {}): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : String(value);
  });
}
