import type { Proposal, Withdrawal, WithdrawalRule } from "../../api/admin";
import { type AdminWord, say } from "../../i18n/admin";
import { type ActField, type ActPlan, bodyOf, changeBody, withReason } from "./act";

/** What operators decide about money. */

const ACCOUNT_MAX = 2 ** 32 - 1;
const ID_MAX = 2 ** 53 - 1;

export const DECISIONS = ["approve", "void", "paid", "failed"] as const;
export type Decision = (typeof DECISIONS)[number];

const GRAVE: readonly Decision[] = ["approve", "paid", "failed"];

/** What can be decided about a withdrawal where it is now. */
export function decisionsOf({ state, rail }: Pick<Withdrawal, "state" | "rail">): Decision[] {
  if (state === "held") return ["approve", "void"];
  if (state === "approved") return ["void"];
  const isUnderWay = state === "sending" || state === "sent";
  return isUnderWay && rail === "manual" ? ["paid", "failed"] : [];
}

export function withdrawalPlan(one: Withdrawal, decision: Decision): ActPlan {
  const { withdrawal_id, amount, asset, address, account_id } = one;
  const values = { amount, asset, address, account: account_id };
  const paid: ActField = {
    name: "paid",
    label: say("paidAmount"),
    kind: "decimal",
    initial: amount,
    unit: asset,
  };
  const fields = decision === "paid" ? [paid] : [];
  return {
    title: say("withdrawalTo", { decision: say(`decide_${decision}`), number: withdrawal_id }),
    words: () => say(`withdrawal_${decision}`, values),
    confirm: say(`decide_${decision}`),
    isGrave: GRAVE.includes(decision),
    fields,
    reason: decision === "paid" || decision === "failed" ? "needed" : "optional",
    wanted: (texts, note) => ({
      method: "POST",
      path: `/admin/withdrawals/${withdrawal_id}/decisions`,
      body: { decision, ...bodyOf(fields, texts), ...(note.trim() && { note: note.trim() }) },
    }),
  };
}

export function withdrawalRulePlan(rule: WithdrawalRule): ActPlan {
  const { asset, day_max, approve_above } = rule;
  const fields: ActField[] = [
    { name: "day_max", label: say("dayMax"), kind: "decimal", initial: day_max, unit: asset },
    {
      name: "approve_above",
      label: say("approveAbove"),
      kind: "decimal",
      initial: approve_above,
      unit: asset,
    },
  ];
  return {
    title: say("ruleOf", { asset }),
    words: () => say("ruleWords", { asset }),
    confirm: say("setIt"),
    isChange: true,
    fields,
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PUT",
      path: "/admin/withdrawal-rules",
      body: { asset, ...changeBody({ fields }, texts, reason) },
    }),
  };
}

export function adjustmentPlan(assets: readonly string[]): ActPlan {
  const fields: ActField[] = [
    accountField("from_account_id", say("fromAccount"), "1"),
    accountField("to_account_id", say("toAccount"), ""),
    { name: "amount", label: say("amount"), kind: "decimal", initial: "" },
    {
      name: "asset",
      label: say("asset"),
      kind: "choice",
      initial: assets[0] ?? "",
      options: assets.map((value) => ({ value, label: value })),
    },
  ];
  return {
    title: say("proposeAdjustment"),
    words: ({ amount, asset = "", from_account_id: from, to_account_id: to }) =>
      say("adjustmentWords", {
        amount: amount?.trim() || "…",
        asset,
        from: from?.trim() || "…",
        to: to?.trim() || "…",
      }),
    confirm: say("propose"),
    fields,
    judge: (texts): Record<string, string> =>
      texts.from_account_id?.trim() === texts.to_account_id?.trim()
        ? { to_account_id: say("anotherAccount") }
        : {},
    reason: "needed",
    wanted: (texts, reason) => ({
      method: "POST",
      path: "/admin/adjustments",
      body: { ...bodyOf(fields, texts), ...withReason(reason) },
    }),
  };
}

function accountField(name: string, label: string, initial: string): ActField {
  const hint = (text: string) => (text.trim() === "1" ? say("venueAccount") : undefined);
  return { name, label, kind: "whole", max: ACCOUNT_MAX, initial, hint };
}

export function bustPlan(symbols: readonly string[]): ActPlan {
  return {
    title: say("proposeBust"),
    words: ({ symbol = "", trade_id }) =>
      say("bustWords", { symbol, trade: trade_id?.trim() || "…" }),
    confirm: say("propose"),
    isGrave: true,
    fields: [
      {
        name: "symbol",
        label: say("symbol"),
        kind: "choice",
        initial: symbols[0] ?? "",
        options: symbols.map((value) => ({ value, label: value })),
      },
      { name: "trade_id", label: say("tradeId"), kind: "whole", max: ID_MAX, initial: "" },
    ],
    reason: "needed",
    wanted: ({ symbol, trade_id }, reason) => ({
      method: "POST",
      path: "/admin/trade-busts",
      body: { symbol, trade_id: Number(trade_id), ...withReason(reason) },
    }),
  };
}

/** `approve` also goes on with one that was begun; who asked may only take it back. */
export function proposalPlan(one: Proposal, decision: "approve" | "reject"): ActPlan {
  const approves: AdminWord = one.state === "approved" ? "goOn" : "decide_approve";
  const act = say(decision === "approve" ? approves : "reject");
  const moves = one.moves.map(moveText).join("; ");
  return {
    title: say("proposalTo", { decision: act, number: one.proposal_id }),
    words: () =>
      decision === "reject"
        ? say("rejectWords")
        : say("approveWords", { moves: moves === "" ? one.subject : moves }),
    confirm: act,
    isGrave: decision === "approve",
    fields: [],
    reason: "optional",
    wanted: (_, reason) => ({
      method: "POST",
      path: `/admin/proposals/${one.proposal_id}/decisions`,
      body: { decision, ...withReason(reason) },
    }),
  };
}

export function moveText(move: Proposal["moves"][number]): string {
  return say("move", {
    amount: move.amount,
    asset: move.asset,
    from: move.from_account_id,
    to: move.to_account_id,
  });
}
