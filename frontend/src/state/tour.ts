import { create } from "zustand";
import { setPreferences } from "./preferences";

/** Whether somebody is being shown around the trade screen. */
export const useTour = create<{ isOpen: boolean }>(() => ({ isOpen: false }));

export function startTour(): void {
  useTour.setState({ isOpen: true });
}

/** It does not offer itself again. */
export function endTour(): void {
  useTour.setState({ isOpen: false });
  setPreferences({ tourSeen: true });
}
