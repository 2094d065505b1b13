import type { components } from "./generated/schema";
import { request } from "./http";
import type { Fill, Order } from "./types";

/** The whole history of an account, a page at a time, newest first. */

type Schemas = components["schemas"];

export type LedgerEntry = Schemas["LedgerEntry"];
export type Deposit = Schemas["Deposit"];
export type Withdrawal = Schemas["Withdrawal"];
export type WithdrawalState = Withdrawal["state"];
export type AccountTransfer = Schemas["AccountTransfer"];

export interface HistoryRows {
  orders: Order;
  fills: Fill;
  ledger: LedgerEntry;
  deposits: Deposit;
  withdrawals: Withdrawal;
  transfers: AccountTransfer;
}
export type HistoryKind = keyof HistoryRows;

/** What is undefined or empty does not filter. */
export type HistoryFilter = Readonly<Record<string, string | undefined>>;

export interface HistoryPage<Row> {
  rows: Row[];
  /** Null at the end; a page may be short, and even empty, before that. */
  cursor: string | null;
}

export const PAGE_ROWS = 100;

export function historyPath(
  kind: HistoryKind,
  ending: "" | ".csv" | ".json",
  asked: HistoryFilter,
) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined && value !== "") query.set(name, value);
  }
  const text = query.toString();
  return `/history/${kind}${ending}${text === "" ? "" : `?${text}`}`;
}

export function getHistory<Kind extends HistoryKind>(
  kind: Kind,
  asked: HistoryFilter,
  cursor: string | null,
): Promise<HistoryPage<HistoryRows[Kind]>> {
  const part = { ...asked, limit: String(PAGE_ROWS), before: cursor ?? undefined };
  return request("GET", historyPath(kind, "", part));
}

export const getOrder = (orderId: number) => request<Order>("GET", `/orders/${orderId}`);
