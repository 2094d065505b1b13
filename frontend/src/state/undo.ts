import { amendOne, cancelOne, cancelPair } from "./orders";
import { submitOrder } from "./place-order";
import { dismissToast, showToast, type Toast, type Undo, useToasts } from "./toasts";

/** Takes back what a notice tells of; the notice goes. */
export async function undo({ id, undo: step }: Toast): Promise<void> {
  if (step === undefined) return;
  dismissToast(id);
  const refused = await takenBack(step);
  if (refused !== null) showToast("warning", refused);
}

/** Takes back the newest step that can be. */
export function undoLast(): void {
  const last = useToasts.getState().toasts.findLast((toast) => toast.undo !== undefined);
  if (last !== undefined) void undo(last);
}

/** Null, or why not. What cancels speaks for itself. */
async function takenBack(step: Undo): Promise<string | null> {
  if (step.what === "place") return submitOrder(step.draft);
  if (step.what === "amend") return amendOne(step.order, step.change, false);
  const { order } = step;
  const { list_id } = order;
  await (list_id === null ? cancelOne(order) : cancelPair({ ...order, list_id }));
  return null;
}
