import {
  getOrderByClientId,
  getOrderListByClientId,
  placeOrder,
  placeOrderList,
} from "../api/endpoints";
import { ApiError, NoAnswerError } from "../api/http";
import type { NewOrderList, Order, OrderList, UnknownFate } from "../api/types";
import { t } from "../i18n/translate";
import { fixedFromServer } from "../lib/fixed-point";
import { useConnection } from "./connection";
import { errorText, reasonText } from "./errors";
import { findInstrument } from "./market";
import type { OrderDraft } from "./order-again";
import { orderText, qtyText, sideText, termsText } from "./order-text";
import { receiveFills, receiveOrders, rememberSent } from "./orders";
import { isOpen } from "./own-orders";
import { showToast } from "./toasts";

/**
 * Waits between questions about an order whose answer did not come. The exchange executes no order later than
 * its receive window (5 s), so "no such order" settles it only once that has passed.
 */
const ASK_AFTER_MS = [300, 700, 1_000, 2_000, 3_000, 4_000];
const CONCLUSIVE_AFTER_MS = 10_000;

export type ListDraft = Omit<NewOrderList, "client_order_id">;

/** Sends an order. Null if it was taken, or its fate is being asked for; else why it was refused. */
export function submitOrder(draft: OrderDraft): Promise<string | null> {
  const clientOrderId = newClientOrderId();
  rememberSent(clientOrderId, draft);
  return submit({
    send: () => placeOrder({ ...draft, client_order_id: clientOrderId }),
    ask: () => getOrderByClientId(clientOrderId),
    taken,
  });
}

/** `submitOrder` for two orders of which one cancels the other. */
export function submitList(draft: ListDraft): Promise<string | null> {
  const clientOrderId = newClientOrderId();
  return submit({
    send: () => placeOrderList({ ...draft, client_order_id: clientOrderId }),
    ask: () => getOrderListByClientId(clientOrderId),
    taken: listTaken,
  });
}

interface Submission<Answer> {
  send: () => Promise<Answer | UnknownFate>;
  /** What became of it. */
  ask: () => Promise<Answer>;
  taken: (answer: Answer) => void;
}

async function submit<Answer extends object>(it: Submission<Answer>): Promise<string | null> {
  const sentMs = performance.now();
  try {
    const answer = await it.send();
    useConnection.setState({ orderRoundTripMs: performance.now() - sentMs });
    if (isUnknown(answer)) void learnFate(it);
    else it.taken(answer);
    return null;
  } catch (error) {
    if (!leavesFateOpen(error)) return errorText(error);
    void learnFate(it);
    return null;
  }
}

function isUnknown(answer: object): answer is UnknownFate {
  return (answer as Partial<UnknownFate>).status === "unknown";
}

/** No answer, or a fault on the way that may have struck after the order was taken. */
function leavesFateOpen(error: unknown): boolean {
  if (error instanceof ApiError) return [500, 502, 504].includes(error.status);
  return error instanceof NoAnswerError;
}

async function learnFate<Answer>({ ask, taken }: Submission<Answer>): Promise<void> {
  showToast("warning", t("notice.asking"));
  let askedForMs = 0;
  for (const waitMs of ASK_AFTER_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    askedForMs += waitMs;
    try {
      return taken(await ask());
    } catch (error) {
      const absent = error instanceof ApiError && error.status === 404;
      if (absent && askedForMs >= CONCLUSIVE_AFTER_MS) {
        return showToast("warning", t("notice.notPlaced"));
      }
    }
  }
  showToast("warning", t("notice.unknown"));
}

function taken(order: Order): void {
  receiveOrders([order], false);
  receiveFills(order.fills ?? [], false);
  const text = outcomeText(order);
  if (text === null) return;
  if (isOpen(order)) showToast("plain", text, { what: "cancel", order });
  else showToast("warning", text);
}

function listTaken({ symbol, orders }: OrderList): void {
  receiveOrders(orders, false);
  const spec = findInstrument(symbol);
  const [limit, stop] = orders;
  if (spec === null || limit === undefined || stop === undefined) return;
  showToast(
    "plain",
    t("notice.pairPlaced", {
      side: sideText(limit),
      qty: qtyText(limit.qty, spec),
      asset: spec.base,
      limit: termsText(limit),
      stop: termsText(stop),
    }),
    { what: "cancel", order: limit },
  );
}

/** Null for a filled order: its fills speak for it. */
function outcomeText(order: Order): string | null {
  const spec = findInstrument(order.symbol);
  if (spec === null || order.status === "filled") return null;
  if (isOpen(order)) return t("notice.placed", { order: orderText(order, spec) });
  const values = { side: sideText(order), asset: spec.base, reason: reasonText(order.reason) };
  if (fixedFromServer(order.cum_qty, spec.qtyDecimals) === 0n) return t("notice.unfilled", values);
  return t("notice.remainder", { ...values, filled: qtyText(order.cum_qty, spec) });
}

const ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** 126 random bits in the exchange's alphabet: a retry of ours is never taken for someone's other order. */
function newClientOrderId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(21));
  return `ui-${Array.from(bytes, (byte) => ID_ALPHABET[byte & 63]).join("")}`;
}
