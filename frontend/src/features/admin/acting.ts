import { create } from "zustand";
import { type Act, carryOut } from "../../api/admin";
import { ApiError, NoAnswerError } from "../../api/http";
import { type AdminWord, isAdminWord, say } from "../../i18n/admin";
import { errorText } from "../../state/errors";
import { showToast } from "../../state/toasts";
import type { ActPlan, Texts } from "./act";

interface Acting {
  /** The act whose dialog is open. */
  plan: ActPlan | null;
  /** How many were sent: what is on screen is asked for again after each. */
  count: number;
}

export const useActing = create<Acting>(() => ({ plan: null, count: 0 }));

export function openAct(plan: ActPlan): void {
  useActing.setState({ plan });
}

export function closeAct(): void {
  useActing.setState({ plan: null });
}

/** Why an act was not done: what to say, and of which field. */
export interface Refused {
  text: string;
  field: string | null;
  /** A code of the second factor is asked for. */
  needsCode: boolean;
}

/** Sends an act. Null: it is done, or nobody knows, and a notice says so. */
export async function carryOutAct(
  plan: ActPlan,
  texts: Texts,
  reason: string,
  code: string,
): Promise<Refused | null> {
  try {
    const act = await carryOut(plan.wanted(texts, reason), code);
    showToast(act.outcome === "done" ? "plain" : "warning", outcomeText(plan.title, act));
    return null;
  } catch (error) {
    if (!(error instanceof NoAnswerError)) return refusedOf(error);
    showToast("warning", say("actUnanswered", { title: plan.title }));
    return null;
  } finally {
    useActing.setState(({ count }) => ({ count: count + 1 }));
  }
}

function outcomeText(title: string, { outcome, detail }: Act): string {
  if (outcome === "done") return say("actDone", { title });
  return `${say(outcome === "refused" ? "actRefused" : "actUnknown", { title })} ${detail}`;
}

const NEEDS_CODE: readonly string[] = ["SECOND_FACTOR_REQUIRED", "INVALID_CODE"];

function refusedOf(error: unknown): Refused {
  if (!(error instanceof ApiError))
    return { text: errorText(error), field: null, needsCode: false };
  const { code, message, field } = error;
  const text = isAdminWord(code) ? say(code as AdminWord) : message || errorText(error);
  return { text, field, needsCode: NEEDS_CODE.includes(code) };
}
