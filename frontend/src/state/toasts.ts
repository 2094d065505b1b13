import { create } from "zustand";

export type ToastTone = "plain" | "buy" | "sell" | "warning";

export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
}

const TOASTS_MAX = 4;
const SHOWN_MS: Record<ToastTone, number> = {
  plain: 4_000,
  buy: 6_000,
  sell: 6_000,
  warning: 9_000,
};

export const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }));

let nextId = 1;

export function showToast(tone: ToastTone, text: string): void {
  const id = nextId;
  nextId += 1;
  useToasts.setState(({ toasts }) => ({
    toasts: [...toasts, { id, tone, text }].slice(-TOASTS_MAX),
  }));
  setTimeout(() => dismissToast(id), SHOWN_MS[tone]);
}

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
