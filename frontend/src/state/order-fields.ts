import type { MessageKey, MessageValues } from "../i18n/translate";
import { parseFixed, trimFixed } from "../lib/fixed-point";

/** How the numbers of an order are read before anything is sent: in whole units, or why not. */

export interface Problem {
  key: MessageKey;
  values?: MessageValues;
}

/** Units of 10^-scale in what was typed: above zero and a multiple of `step`. */
export function readStep(text: string, scale: number, step: bigint): bigint | Problem {
  if (text.trim() === "") return { key: "problem.required" };
  const units = parseFixed(text, scale);
  if (units === null) {
    const isNumber = parseFixed(text, 30) !== null;
    return isNumber ? stepProblem(step, scale) : { key: "problem.number" };
  }
  if (units === 0n) return { key: "problem.zero" };
  return units % step === 0n ? units : stepProblem(step, scale);
}

function stepProblem(step: bigint, scale: number): Problem {
  return { key: "problem.step", values: { step: trimFixed(step, scale) } };
}
