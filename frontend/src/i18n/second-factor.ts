import { type PageCatalogues, pageWords } from "./page-words";

const en = {
  title: "Second factor",
  why: "This needs a code of your second factor.",
  code: "Code",
  hint: "From your authenticator app, or a recovery code.",
  go: "Go on",
  checking: "Checking",
  cancel: "Cancel",
} as const;

type Key = keyof typeof en;

const de: Readonly<Record<Key, string>> = {
  title: "Zweiter Faktor",
  why: "Dafür braucht es einen Code Ihres zweiten Faktors.",
  code: "Code",
  hint: "Aus Ihrer Authenticator-App, oder ein Wiederherstellungscode.",
  go: "Weiter",
  checking: "Wird geprüft",
  cancel: "Abbrechen",
};

const es: Readonly<Record<Key, string>> = {
  title: "Segundo factor",
  why: "Esto requiere un código de su segundo factor.",
  code: "Código",
  hint: "De su aplicación de autenticación, o un código de recuperación.",
  go: "Continuar",
  checking: "Comprobando",
  cancel: "Cancelar",
};

export const SECOND_FACTOR_WORDS: PageCatalogues<Key> = { en, de, es };

/** The words of the question for a second factor. */
export const say = pageWords(SECOND_FACTOR_WORDS);
