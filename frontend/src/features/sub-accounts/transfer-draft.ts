import { say } from "../../i18n/sub-accounts";
import { formatFixed, parseFixed, trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";

/** What is being typed of a transfer. */
export interface TransferDraft {
  from: number;
  to: number;
  asset: string;
  amount: string;
}

export interface TransferVerdict {
  problem: string | null;
  /** Exactly what is sent, at the asset's scale; null if it cannot be. */
  amount: string | null;
}

/** Whether it can be sent, in the words beside the amount. `available`: units of 10^-scale; null: not known yet. */
export function judgeTransfer(
  draft: TransferDraft,
  available: bigint | null,
  scale: number,
): TransferVerdict {
  const refuse = (problem: string) => ({ problem, amount: null });
  if (draft.from === draft.to) return refuse(say("sameAccount"));
  if (draft.amount.trim() === "") return refuse(say("needed"));
  const units = parseFixed(draft.amount, scale);
  if (units === null) {
    const isNumber = /^\d*\.?\d+$/.test(draft.amount.trim());
    return refuse(isNumber ? say("tooFine", { count: scale }) : say("badAmount"));
  }
  if (units === 0n) return refuse(say("zero"));
  if (available === null) return { problem: null, amount: null };
  if (units > available) {
    const most = groupDigits(trimFixed(available, scale));
    return refuse(say("funds", { amount: most, asset: draft.asset }));
  }
  return { problem: null, amount: formatFixed(units, scale) };
}

/** What was loaded, if it is about this account: until another's comes, the last one's must not stand for it. */
export function aboutAccount<T extends { accountId: number }>(
  loaded: T | null,
  accountId: number,
): T | null {
  return loaded?.accountId === accountId ? loaded : null;
}

/** A key under which one transfer may be sent again and happens once. */
export function newTransferKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
