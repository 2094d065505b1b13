import { create } from "zustand";
import type { Side } from "../api/types";

/** The kinds of order that are one click away; the last is whichever of those that wait came last. */
export type TicketKind = "limit" | "market" | "conditional";

/** A wish for the order ticket from elsewhere on the screen: a price clicked in the book, a key pressed. */
export interface TicketIntent {
  /** Increases with each wish, so that the same one twice is two. */
  number: number;
  /** Decimal text. */
  price?: string;
  side?: Side;
  kind?: TicketKind;
  focus?: boolean;
}

export const useTicketIntent = create<TicketIntent>(() => ({ number: 0 }));

export function wishTicket(wish: Omit<TicketIntent, "number">): void {
  const { number } = useTicketIntent.getState();
  useTicketIntent.setState({ number: number + 1, ...wish }, true);
}
