import { currentLocale, fill, type Locale, type MessageValues } from "./translate";

/** Words that one page alone needs, in every language; they are loaded with that page. */
export type PageCatalogues<Key extends string> = Readonly<
  Record<Locale, Readonly<Record<Key, string>>>
>;

/** `t` for the words of one page. */
export function pageWords<Key extends string>(
  catalogues: PageCatalogues<Key>,
): (key: Key, values?: MessageValues) => string {
  return (key, values) => fill(catalogues[currentLocale()][key], values);
}
