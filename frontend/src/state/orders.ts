import { create } from "zustand";
import {
  amendOrder,
  cancelOrder,
  cancelOrderList,
  cancelOrders,
  getFills,
  getOrders,
} from "../api/endpoints";
import { NoAnswerError } from "../api/http";
import type { InstrumentSpec } from "../api/instrument-spec";
import type { Amendment, Fill, Order } from "../api/types";
import { t } from "../i18n/translate";
import { confirmed } from "./confirm";
import { errorText } from "./errors";
import { fillText } from "./fill-notices";
import { findInstrument } from "./market";
import { changeBack, draftAgain, type OrderDraft } from "./order-again";
import { orderText, sideText } from "./order-text";
import {
  isTriggered,
  mergeClosed,
  mergeFills,
  mergeOrder,
  type OwnOrders,
  replaceOpen,
} from "./own-orders";
import { showToast } from "./toasts";

interface Orders extends OwnOrders {
  fills: readonly Fill[];
  /** The account's open orders have arrived. */
  openKnown: boolean;
  historyKnown: boolean;
}

const HISTORY_LIMIT = 100;
/** Fills of one order this close together are one notice. */
const BREATH_MS = 250;

const NOTHING: Orders = {
  open: new Map(),
  closed: [],
  fills: [],
  openKnown: false,
  historyKnown: false,
};

export const useOrders = create<Orders>(() => NOTHING);

let unannounced: Fill[] = [];

/** Orders of this page that can be placed again; of more the oldest are forgotten. */
const SENT_MAX = 500;
const sent = new Map<string, OrderDraft>();

export function clearOrders(): void {
  useOrders.setState(NOTHING);
  unannounced = [];
  sent.clear();
}

/** Keeps what was sent, for the case that its cancellation is taken back. */
export function rememberSent(clientOrderId: string, draft: OrderDraft): void {
  sent.set(clientOrderId, draft);
  if (sent.size > SENT_MAX) sent.delete(sent.keys().next().value!);
}

export function receiveOrders(orders: readonly Order[], snapshot: boolean): void {
  // A second snapshot follows an interruption: what ended meanwhile is known to the history alone.
  if (snapshot && useOrders.getState().openKnown) void loadHistory();
  if (!snapshot) sayTriggered(orders);
  useOrders.setState((own) =>
    snapshot
      ? { ...replaceOpen(own, orders), openKnown: true }
      : orders.reduce<OwnOrders>(mergeOrder, own),
  );
}

/** Fills not known before are announced, unless they are history. */
export function receiveFills(fills: readonly Fill[], history: boolean): void {
  const known = useOrders.getState().fills;
  const fresh = fills.filter((fill) => !known.some((one) => isSameFill(one, fill)));
  if (fresh.length === 0) return;
  useOrders.setState({ fills: mergeFills(known, fresh) });
  if (history) return;
  if (unannounced.length === 0) setTimeout(announceFills, BREATH_MS);
  unannounced.push(...fresh);
}

export async function loadHistory(): Promise<void> {
  try {
    const [{ orders }, { fills }] = await Promise.all([
      getOrders("closed", HISTORY_LIMIT),
      getFills(HISTORY_LIMIT),
    ]);
    useOrders.setState((own) => ({ ...mergeClosed(own, orders), historyKnown: true }));
    receiveFills(fills, true);
  } catch (error) {
    showToast("warning", errorText(error));
  }
}

export async function cancelOne(order: Order): Promise<void> {
  try {
    const answer = await cancelOrder(order.order_id);
    receiveOrders([answer], false);
    sayCanceled("notice.canceled", order, answer);
  } catch (error) {
    showToast("warning", cancelErrorText(error));
  }
}

/** Cancels both orders of the pair that `order` is one of. */
export async function cancelPair(order: Order & { list_id: number }): Promise<void> {
  try {
    const answer = await cancelOrderList(order.list_id);
    if (!("orders" in answer)) return showToast("warning", t("notice.cancelUnknown"));
    receiveOrders(answer.orders, false);
    sayCanceled("notice.pairCanceled", order);
  } catch (error) {
    showToast("warning", cancelErrorText(error));
  }
}

/** Null if the order has its new terms, or may have; else why it was refused. */
export async function amendOne(
  order: Order,
  change: Amendment,
  canBeUndone = true,
): Promise<string | null> {
  try {
    const answer = await amendOrder(order.order_id, change);
    if (!("side" in answer)) {
      showToast("warning", t("notice.amendUnknown"));
      return null;
    }
    receiveOrders([answer], false);
    receiveFills(answer.fills ?? [], false);
    const spec = findInstrument(order.symbol);
    if (spec !== null && answer.status !== "filled") {
      const undo = { what: "amend", order: answer, change: changeBack(order, change) } as const;
      const text = t("notice.amended", { order: orderText(answer, spec) });
      showToast("plain", text, canBeUndone ? undo : undefined);
    }
    return null;
  } catch (error) {
    if (!(error instanceof NoAnswerError)) return errorText(error);
    showToast("warning", t("notice.amendUnknown"));
    return null;
  }
}

/** Cancels all open orders of one instrument, or, with null, of the account. */
export async function cancelAll(symbol: string | null): Promise<void> {
  const text = symbol === null ? t("confirm.all") : t("confirm.allOf", { symbol });
  if (!(await confirmed("cancelAll", text))) return;
  try {
    const { canceled } = await cancelOrders(symbol);
    const count = canceled.length;
    if (count === 0) showToast("plain", t("notice.nothingToCancel"));
    else if (count === 1) showToast("plain", t("notice.canceledOne"));
    else showToast("plain", t("notice.canceledCount", { count }));
  } catch (error) {
    showToast("warning", cancelErrorText(error));
  }
}

function cancelErrorText(error: unknown): string {
  return error instanceof NoAnswerError ? t("notice.cancelUnknown") : errorText(error);
}

function sayCanceled(
  key: "notice.canceled" | "notice.pairCanceled",
  order: Order,
  ended?: Order,
): void {
  const spec = findInstrument(order.symbol);
  if (spec === null) return;
  const draft = ended === undefined ? null : again(order, ended, spec);
  const undo = draft === null ? undefined : ({ what: "place", draft } as const);
  showToast("plain", t(key, { order: orderText(order, spec) }), undo);
}

/** The order once more, if it was sent from here; one that was triggered is not what was sent any more. */
function again(order: Order, ended: Order, spec: InstrumentSpec): OrderDraft | null {
  const was = sent.get(order.client_order_id);
  const isTriggered = order.trigger_price !== null && order.status !== "pending_trigger";
  return was === undefined || isTriggered ? null : draftAgain(was, ended, spec);
}

/** A stop whose price was traded: its owner hears of it wherever the trade was. */
function sayTriggered(orders: readonly Order[]): void {
  const { open } = useOrders.getState();
  for (const order of orders) {
    const before = open.get(order.order_id);
    const spec = findInstrument(order.symbol);
    if (spec === null || !isTriggered(before, order)) continue;
    const values = { type: t(`type.${order.type}`), side: sideText(order), asset: spec.base };
    showToast(order.side, t("notice.triggered", values));
  }
}

function announceFills(): void {
  const byOrder = new Map<number, Fill[]>();
  for (const fill of unannounced) {
    byOrder.set(fill.order_id, [...(byOrder.get(fill.order_id) ?? []), fill]);
  }
  unannounced = [];
  for (const fills of byOrder.values()) {
    const spec = findInstrument(fills[0]!.symbol);
    if (spec !== null) showToast(fills[0]!.side, fillText(fills, spec));
  }
}

function isSameFill(a: Fill, b: Fill): boolean {
  return a.trade_id === b.trade_id && a.order_id === b.order_id && a.symbol === b.symbol;
}
