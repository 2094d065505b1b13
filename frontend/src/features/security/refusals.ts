import { ApiError } from "../../api/http";
import { SECURITY_WORDS, type SecurityWord, say } from "../../i18n/security";
import { errorText } from "../../state/errors";

/** What a refused request about one's credentials means, in one sentence. */
export function refusalText(error: unknown): string {
  if (error instanceof ApiError && error.code in SECURITY_WORDS.en) {
    return say(error.code as SecurityWord);
  }
  return errorText(error);
}
