import type { Wanted } from "../../api/admin";
import { type AdminWord, say } from "../../i18n/admin";
import { parseFixed } from "../../lib/fixed-point";

/** Texts by field. */
export type Texts = Readonly<Record<string, string>>;

export interface ActField {
  name: string;
  label: string;
  kind: "text" | "decimal" | "whole" | "choice" | "time";
  /** What the form begins with. */
  initial: string;
  /** May be left blank: it is then not said. */
  optional?: boolean;
  unit?: string;
  /** The largest whole number. */
  max?: number;
  options?: readonly { value: string; label: string }[];
  hint?: (text: string) => string | undefined;
}

/** An act as its dialog asks for it, before anything is sent. */
export interface ActPlan {
  title: string;
  /** What will happen, in words. */
  words: (texts: Texts) => string;
  /** The button that does it. */
  confirm: string;
  /** It stops people or moves money: its button stands out. */
  isGrave?: boolean;
  /** To be typed before it is done: the second confirmation. */
  typed?: string;
  fields: readonly ActField[];
  /** Whether the log takes a reason. */
  reason: "none" | "optional" | "needed";
  /** Only what differs from the beginning is said, and something must. */
  isChange?: boolean;
  /** What is wrong with fields that are right by themselves. */
  judge?: (texts: Texts) => Readonly<Record<string, string>>;
  wanted: (texts: Texts, reason: string) => Wanted;
}

/** More decimals than any number here has. */
const SCALE_MAX = 18;

export function initialTexts(plan: ActPlan): Texts {
  return Object.fromEntries(plan.fields.map(({ name, initial }) => [name, initial]));
}

/** The fields that differ from what they began with. */
export function changedFields(plan: ActPlan, texts: Texts): ActField[] {
  return plan.fields.filter(({ name, initial }) => texts[name]?.trim() !== initial);
}

/** What is wrong, by field; a blank one that is needed is only missing. */
export function problemsOf(plan: ActPlan, texts: Texts): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {};
  for (const field of plan.fields) {
    const word = problemOf(field, texts[field.name] ?? "");
    if (word !== null) problems[field.name] = say(word, { max: field.max ?? "" });
  }
  return Object.keys(problems).length > 0 ? problems : (plan.judge?.(texts) ?? {});
}

function problemOf(field: ActField, text: string): AdminWord | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (field.kind === "decimal")
    return parseFixed(trimmed, SCALE_MAX) === null ? "badDecimal" : null;
  if (field.kind !== "whole") return null;
  if (!/^\d{1,15}$/.test(trimmed)) return "badWhole";
  return field.max !== undefined && Number(trimmed) > field.max ? "tooLarge" : null;
}

/** Whether the form is complete and right. */
export function isReady(plan: ActPlan, texts: Texts, reason: string, typed: string): boolean {
  // A change says what differs: what is set can be set otherwise, but not left unsaid and so seem taken away.
  const mayBeBlank = ({ optional, initial }: ActField) =>
    optional === true && !(plan.isChange && initial !== "");
  const isMissing = (field: ActField) =>
    !mayBeBlank(field) && (texts[field.name] ?? "").trim() === "";
  if (plan.fields.some(isMissing) || Object.keys(problemsOf(plan, texts)).length > 0) return false;
  if (plan.isChange && changedFields(plan, texts).length === 0) return false;
  if (plan.reason === "needed" && reason.trim() === "") return false;
  return plan.typed === undefined || typed.trim() === plan.typed;
}

/** The body's fields: whole numbers as numbers, the rest as text, blank ones not at all. */
export function bodyOf(fields: readonly ActField[], texts: Texts): Record<string, string | number> {
  const body: Record<string, string | number> = {};
  for (const { name, kind } of fields) {
    const text = texts[name]?.trim() ?? "";
    if (text !== "") body[name] = kind === "whole" ? Number(text) : text;
  }
  return body;
}

/** The body of a change: what differs, and why. */
export function changeBody(plan: Pick<ActPlan, "fields">, texts: Texts, reason: string) {
  const changed = plan.fields.filter(({ name, initial }) => texts[name]?.trim() !== initial);
  return { ...bodyOf(changed, texts), ...withReason(reason) };
}

export function withReason(reason: string): { reason?: string } {
  return reason.trim() === "" ? {} : { reason: reason.trim() };
}
