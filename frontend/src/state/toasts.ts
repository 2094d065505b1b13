import { create } from "zustand";
import type { Amendment, Order } from "../api/types";
import type { OrderDraft } from "./order-again";

export type ToastTone = "plain" | "buy" | "sell" | "warning";

/** How what a notice tells of can be taken back. */
export type Undo =
  | { what: "cancel"; order: Order }
  | { what: "place"; draft: OrderDraft }
  | { what: "amend"; order: Order; change: Amendment };

export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
  undo?: Undo | undefined;
}

const TOASTS_MAX = 4;
const SHOWN_MS: Record<ToastTone, number> = {
  plain: 4_000,
  buy: 6_000,
  sell: 6_000,
  warning: 9_000,
};
/** What can be taken back can be so for as long. */
const UNDO_MS = 8_000;

export const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }));

let nextId = 1;

export function showToast(tone: ToastTone, text: string, undo?: Undo): void {
  const id = nextId;
  nextId += 1;
  useToasts.setState(({ toasts }) => ({
    toasts: [...toasts, { id, tone, text, undo }].slice(-TOASTS_MAX),
  }));
  setTimeout(() => dismissToast(id), undo === undefined ? SHOWN_MS[tone] : UNDO_MS);
}

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
