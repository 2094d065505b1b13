import { ApiError, NoAnswerError } from "../api/http";
import { t, translateIfKnown } from "../i18n/translate";

/** What a failed request means to the person who asked, in one sentence. */
export function errorText(error: unknown): string {
  if (error instanceof ApiError) {
    return translateIfKnown(`error.${error.code}`) ?? error.message ?? error.code;
  }
  if (error instanceof NoAnswerError) return t("error.noAnswer");
  throw error;
}

/** Why an order ended, as the exchange says it. */
export function reasonText(reason: string | null): string {
  const code = (reason ?? "").toUpperCase();
  return translateIfKnown(`reason.${code}`) ?? code.replaceAll("_", " ").toLowerCase();
}
