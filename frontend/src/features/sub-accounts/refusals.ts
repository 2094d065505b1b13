import { ApiError } from "../../api/http";
import { SUB_ACCOUNT_WORDS, type SubAccountWord, say } from "../../i18n/sub-accounts";
import { errorText } from "../../state/errors";

/** What a refused request about accounts means, in one sentence. */
export function refusalText(error: unknown): string {
  if (error instanceof ApiError && error.code in SUB_ACCOUNT_WORDS.en) {
    return say(error.code as SubAccountWord);
  }
  return errorText(error);
}
