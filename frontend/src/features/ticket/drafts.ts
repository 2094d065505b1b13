import { create } from "zustand";
import { setPreferences, usePreferences } from "../../state/preferences";
import { type Draft, NEW_DRAFT, tidy } from "./draft";

/** What is half typed, by symbol: it outlives a look at another market, or at another tab of the phone. */
const useDrafts = create<Record<string, Draft>>(() => ({}));

export function useDraft(symbol: string): Draft {
  return useDrafts((drafts) => drafts[symbol]) ?? begun;
}

export function changeDraft(symbol: string, part: Partial<Draft>): void {
  const draft = tidy({ ...(useDrafts.getState()[symbol] ?? begun), ...part });
  useDrafts.setState({ [symbol]: draft });
  if (part.timeInForce === undefined && part.postOnly === undefined) return;
  const { timeInForce, postOnly } = draft;
  // A date is of one order: the next one begins without.
  setPreferences({ timeInForce: timeInForce === "gtd" ? "gtc" : timeInForce, postOnly });
}

/** An order begins with how long it stays, and whether it must rest, as these were last chosen. */
const { timeInForce, postOnly } = usePreferences.getState();
const begun: Draft = tidy({ ...NEW_DRAFT, timeInForce, postOnly });
