import { ApiError } from "../../api/http";
import { AUTH_WORDS, type AuthWord, say } from "../../i18n/auth";
import { errorText } from "../../state/errors";

export const PASSWORD_MIN = 8;

export type EntryProblems = Partial<Record<"email" | "password" | "code", string>>;

/** What of an entry cannot be, in the words beside its field. `isNew`: the password is being chosen. */
export function problemsOf(
  entry: { email?: string; password?: string; code?: string },
  isNew = false,
): EntryProblems {
  const problems: EntryProblems = {};
  if (entry.email !== undefined && !/^\S+@\S+$/.test(entry.email.trim())) {
    problems.email = say("badEmail");
  }
  if (entry.password === "") problems.password = say("needed");
  else if (isNew && entry.password !== undefined && entry.password.length < PASSWORD_MIN) {
    problems.password = say("shortPassword", { count: PASSWORD_MIN });
  }
  if (entry.code !== undefined && entry.code.trim() === "") problems.code = say("needed");
  return problems;
}

/** The challenge that a login with a second factor is answered with; null: it was refused otherwise. */
export function challengeOf(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.code !== "SECOND_FACTOR_REQUIRED") return null;
  const { challenge } = error.details;
  return typeof challenge === "string" ? challenge : null;
}

export function wantsVerifiedEmail(error: unknown): boolean {
  return error instanceof ApiError && error.code === "EMAIL_NOT_VERIFIED";
}

/** What a refused way in means, in one sentence. */
export function refusalText(error: unknown): string {
  if (error instanceof ApiError && error.code in AUTH_WORDS.en) return say(error.code as AuthWord);
  return errorText(error);
}

/** The one-time code in the text of a mail; null if it has none. */
export function codeInMail(text: string): string | null {
  return /(?<!\d)\d{8}(?!\d)/.exec(text.replace(/(?<=\d{4}) (?=\d{4})/g, ""))?.[0] ?? null;
}

/** Where to go after a login: a place of this page, never of another site. */
export function placeAfter(search: string, usual: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  // Browsers drop tabs and line ends from an address: behind one another site could begin.
  const isOwn = /^\/(?![/\\])[^\t\n\r]*$/.test(next);
  return isOwn ? next : usual;
}
