import type { WithdrawalState } from "../../api/account-history";
import type { AssetTerms } from "../../api/wallet";
import type { WalletWord } from "../../i18n/wallet";
import { fixedFromServer, parseFixed, trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";

/** What is said of a number before it is sent; the exchange judges in the same order. */
export interface Problem {
  key: WalletWord;
  values?: Readonly<Record<string, string>>;
}

interface Bounds {
  asset: string;
  scale: number;
  /** Units of 10^-scale; null while unknown. */
  available: bigint | null;
}

/** Units of 10^-scale in what was typed, or why it cannot be sent. */
export function readAmount(
  text: string,
  { asset, scale, available }: Bounds,
  terms?: AssetTerms,
): bigint | Problem {
  if (text.trim() === "") return { key: "needsAmount" };
  const units = parseFixed(text, scale);
  if (units === null) {
    const isNumber = parseFixed(text, 30) !== null;
    return isNumber ? { key: "tooFine", values: { count: String(scale) } } : { key: "needsNumber" };
  }
  if (units === 0n) return { key: "needsMore" };
  const said = (of: bigint) => ({ amount: groupDigits(trimFixed(of, scale)), asset });
  const left = terms === undefined ? null : fixedFromServer(terms.left, scale);
  if (left !== null && units > left) return { key: "overLimit", values: said(left) };
  if (available !== null && units > available) return { key: "overFunds", values: said(available) };
  return units;
}

/** Whether somebody of the exchange looks at it before it goes. */
export function isLookedAt(units: bigint, scale: number, terms: AssetTerms): boolean {
  return units > fixedFromServer(terms.approve_above, scale);
}

const ADDRESS = /^[!-~]{1,128}$/;

/** Why the exchange would not take an address; null: it would. */
export function addressProblem(address: string): WalletWord | null {
  if (address === "") return "needsAddress";
  return ADDRESS.test(address) ? null : "badAddress";
}

/** Its owner may still take it back. */
export function canCancel(state: WithdrawalState): boolean {
  return state === "held" || state === "approved";
}

/** Something is still to happen. */
export function isUnderWay(state: WithdrawalState): boolean {
  return state !== "posted" && state !== "voided" && state !== "refused";
}
