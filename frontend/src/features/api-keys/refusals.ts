import { ApiError } from "../../api/http";
import { API_KEY_WORDS, type ApiKeyWord, say } from "../../i18n/api-keys";
import { errorText } from "../../state/errors";

/** What a refused request about keys means, in one sentence. */
export function refusalText(error: unknown): string {
  if (!(error instanceof ApiError)) return errorText(error);
  if (error.message.startsWith("public_key:")) return say("badPublicKey");
  if (error.code in API_KEY_WORDS.en) return say(error.code as ApiKeyWord);
  return errorText(error);
}
