import type { SelfTradePrevention, Side, TimeInForce } from "../../api/types";

/** What the ticket holds, as typed, and which fields belong to which kind of order. */

/** Orders that wait for a price, and the pair of which one cancels the other. */
export const CONDITIONAL_KINDS = [
  "stop",
  "stop_limit",
  "take_profit",
  "take_profit_limit",
  "trailing_stop",
  "oco",
] as const;
export type ConditionalKind = (typeof CONDITIONAL_KINDS)[number];
export type Kind = "limit" | "market" | ConditionalKind;

/** What stands against the limit order of a pair. */
export const STOP_LEGS = ["stop", "stop_limit", "trailing_stop"] as const;
export type StopLeg = (typeof STOP_LEGS)[number];

export const SELF_TRADE_PREVENTIONS = [
  "none",
  "cancel_maker",
  "cancel_taker",
  "cancel_both",
  "decrement",
] as const satisfies readonly SelfTradePrevention[];

export interface Draft {
  side: Side;
  kind: Kind;
  /** Of those that wait, the one chosen last. */
  conditional: ConditionalKind;
  price: string;
  /** Base quantity, or, when `byBudget`, the quote amount to spend or to get. */
  amount: string;
  /** Only a market order may be given by what it is worth. */
  byBudget: boolean;
  triggerPrice: string;
  trailingPercent: string;
  stopLeg: StopLeg;
  /** The limit of a pair's stop, once triggered. */
  stopLimitPrice: string;
  timeInForce: TimeInForce;
  /** As the browser's date field writes it, in the user's own time. */
  expiresAt: string;
  postOnly: boolean;
  /** What the book shows at a time; empty: all of it. */
  displayQty: string;
  selfTradePrevention: SelfTradePrevention;
}

export const NEW_DRAFT: Draft = {
  side: "buy",
  kind: "limit",
  conditional: "stop",
  price: "",
  amount: "",
  byBudget: false,
  triggerPrice: "",
  trailingPercent: "",
  stopLeg: "stop",
  stopLimitPrice: "",
  timeInForce: "gtc",
  expiresAt: "",
  postOnly: false,
  displayQty: "",
  selfTradePrevention: "none",
};

export const hasPrice = ({ kind }: Draft): boolean =>
  kind === "limit" || kind === "stop_limit" || kind === "take_profit_limit" || kind === "oco";

export const trails = ({ kind, stopLeg }: Draft): boolean =>
  kind === "trailing_stop" || (kind === "oco" && stopLeg === "trailing_stop");

export const hasTrigger = (draft: Draft): boolean =>
  draft.kind !== "limit" && draft.kind !== "market" && !trails(draft);

export const hasStopLimit = ({ kind, stopLeg }: Draft): boolean =>
  kind === "oco" && stopLeg === "stop_limit";

export const canBePostOnly = ({ kind, timeInForce }: Draft): boolean =>
  kind === "limit" && rests(timeInForce);

export const canBeIceberg = canBePostOnly;

/** A limit of a pair must rest, so both of its orders do. Empty: there is nothing to choose. */
export function timesInForce(draft: Draft): readonly TimeInForce[] {
  if (!hasPrice(draft)) return [];
  return draft.kind === "oco" ? ["gtc", "gtd"] : ["gtc", "gtd", "ioc", "fok"];
}

/** With these what cannot trade now waits in the book. */
export function rests(timeInForce: TimeInForce): boolean {
  return timeInForce === "gtc" || timeInForce === "gtd";
}

/** Options that exclude each other never meet. */
export function tidy(draft: Draft): Draft {
  const offered = timesInForce(draft);
  const isOffered = offered.length === 0 || offered.includes(draft.timeInForce);
  const timeInForce = isOffered ? draft.timeInForce : "gtc";
  const tidied = { ...draft, timeInForce };
  const byBudget = draft.byBudget && draft.kind === "market";
  const cannotDecrement = byBudget || (timeInForce === "fok" && offered.length > 0);
  const prevention = draft.selfTradePrevention;
  return {
    ...tidied,
    byBudget,
    conditional: isConditional(draft.kind) ? draft.kind : draft.conditional,
    postOnly: draft.postOnly && canBePostOnly(tidied),
    selfTradePrevention: cannotDecrement && prevention === "decrement" ? "none" : prevention,
  };
}

export function isConditional(kind: Kind): kind is ConditionalKind {
  return kind !== "limit" && kind !== "market";
}
