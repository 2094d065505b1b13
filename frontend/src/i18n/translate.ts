import { en } from "./en";

export type MessageKey = keyof typeof en;
/** Another language translates every key; the compiler names the ones that are missing. */
export type Catalogue = Readonly<Record<MessageKey, string>>;
export type MessageValues = Readonly<Record<string, string | number>>;

/** Languages on offer. English is always there; others are loaded when chosen. */
export const LOCALES: Readonly<Record<string, () => Promise<Catalogue>>> = {
  en: async () => en,
};

let catalogue: Catalogue = en;
const listeners = new Set<() => void>();

export async function loadCatalogue(locale: string): Promise<void> {
  catalogue = (await LOCALES[locale]?.()) ?? en;
  for (const listener of listeners) listener();
}

/** For `useSyncExternalStore`: the catalogue in force, and its changes. */
export function currentCatalogue(): Catalogue {
  return catalogue;
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
