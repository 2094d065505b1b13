import { create } from "zustand";
import type { Draft } from "./ticket-rules";

const NEW_DRAFT: Draft = {
  side: "buy",
  type: "limit",
  price: "",
  amount: "",
  byBudget: false,
  timeInForce: "gtc",
  postOnly: false,
};

/** What is half typed, by symbol: it outlives a look at another market, or at another tab of the phone. */
const useDrafts = create<Record<string, Draft>>(() => ({}));

export function useDraft(symbol: string): Draft {
  return useDrafts((drafts) => drafts[symbol] ?? NEW_DRAFT);
}

export function changeDraft(symbol: string, part: Partial<Draft>): void {
  useDrafts.setState((drafts) => ({
    [symbol]: tidy({ ...(drafts[symbol] ?? NEW_DRAFT), ...part }),
  }));
}

/** Options that exclude each other never meet: spending is for market buys, post-only for resting orders. */
function tidy(draft: Draft): Draft {
  return {
    ...draft,
    byBudget: draft.byBudget && draft.type === "market" && draft.side === "buy",
    postOnly: draft.postOnly && draft.timeInForce === "gtc",
  };
}
