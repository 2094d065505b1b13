import { create } from "zustand";
import { type Draft, NEW_DRAFT, tidy } from "./draft";

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
