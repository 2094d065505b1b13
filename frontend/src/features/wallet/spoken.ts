import { ApiError, mayHaveHappened } from "../../api/http";
import { say, WALLET_WORDS, type WalletWord } from "../../i18n/wallet";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";
import { errorText } from "../../state/errors";
import { assetScale } from "../../state/market";

/** What a refused request about money means, in one sentence. */
export function refusalText(error: unknown): string {
  if (error instanceof ApiError && error.code in WALLET_WORDS.en) {
    return say(error.code as WalletWord);
  }
  return mayHaveHappened(error) ? say("keepsKey") : errorText(error);
}

/** An amount the exchange told, without the zeros at its end. */
export function amountText(text: string, asset: string): string {
  return groupDigits(trimFixed(fixedFromServer(text, assetScale(asset)), assetScale(asset)));
}
