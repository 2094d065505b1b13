import type { components } from "./generated/schema";
import { request } from "./http";

/** The accounts of one login, and money between them. */

type Schemas = components["schemas"];

export type SubAccount = Schemas["SubAccount"];
export type AccountTransfer = Schemas["AccountTransfer"];
export type NewTransfer = Schemas["NewTransfer"];

const aboutAccount = (accountId: number) => ({ "Openbell-Account": String(accountId) });

export const getAccounts = () => request<{ accounts: SubAccount[] }>("GET", "/sub-accounts");
export const openAccount = (name: string) =>
  request<SubAccount>("POST", "/sub-accounts", { body: { name } });
export const renameAccount = (accountId: number, name: string) =>
  request<SubAccount>("PUT", `/sub-accounts/${accountId}`, { body: { name } });
export const closeAccount = (accountId: number) =>
  request<void>("DELETE", `/sub-accounts/${accountId}`);

export type DropCopies = Schemas["DropCopies"];
export const getDropCopies = () => request<DropCopies>("GET", "/drop-copies");

/** The same key is the same transfer: send it again until there is an answer. */
export const sendTransfer = (fromAccountId: number, body: NewTransfer, idempotencyKey: string) =>
  request<AccountTransfer>("POST", "/transfers", {
    body,
    headers: { ...aboutAccount(fromAccountId), "Idempotency-Key": idempotencyKey },
  });
export const getTransfers = (accountId: number, limit: number) =>
  request<{ transfers: AccountTransfer[] }>("GET", `/transfers?limit=${limit}`, {
    headers: aboutAccount(accountId),
  });
export const getBalancesOf = (accountId: number) =>
  request<Schemas["Balances"]>("GET", "/balances", { headers: aboutAccount(accountId) });
