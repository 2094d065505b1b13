import { create } from "zustand";
import { type Question, usePreferences } from "./preferences";

/** What is asked before something is done that cannot be taken back. */
export interface Asked {
  question: Question;
  /** What would be done, in words. */
  text: string;
  answer: (yes: boolean) => void;
}

export const useAsked = create<{ asked: Asked | null }>(() => ({ asked: null }));

/** True at once where the question is switched off; else once the person said yes. */
export function confirmed(question: Question, text: string): Promise<boolean> {
  if (!usePreferences.getState().confirm[question]) return Promise.resolve(true);
  // Only one can be on screen: what was asked before was never answered.
  useAsked.getState().asked?.answer(false);
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      useAsked.setState({ asked: null });
      resolve(yes);
    };
    useAsked.setState({ asked: { question, text, answer } });
  });
}
