import { create } from "zustand";
import type { ConnectionStatus } from "../engine/protocol";

interface Connection extends ConnectionStatus {
  /** Of the last order request, answer included; null before the first. */
  orderRoundTripMs: number | null;
}

export const useConnection = create<Connection>(() => ({
  phase: "connecting",
  attempt: 0,
  feedAgeMs: null,
  roundTripMs: null,
  clockAheadMs: 0,
  orderRoundTripMs: null,
}));

/** The exchange's time as far as this machine can tell. */
export function exchangeNowMs(): number {
  return Date.now() + useConnection.getState().clockAheadMs;
}
