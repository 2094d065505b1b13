import { de } from "./admin/de";
import { en } from "./admin/en";
import { es } from "./admin/es";
import { type PageCatalogues, pageWords } from "./page-words";

export type AdminWord = keyof typeof en;

export const ADMIN_WORDS: PageCatalogues<AdminWord> = { en, de, es };

/** `t` for the operator's screens. */
export const say = pageWords(ADMIN_WORDS);

export function isAdminWord(key: string): key is AdminWord {
  return Object.hasOwn(en, key);
}
