import type { components } from "./generated/schema";
import { type Headers, request } from "./http";

/** The accounts of a login, and which of them a request is about. */

type Schemas = components["schemas"];

export type OwnAccount = Schemas["SubAccount"];

/** Null: the main account. */
export type AccountId = number | null;

export function accountHeaders(account: AccountId): Headers {
  return account === null ? {} : { "Openbell-Account": String(account) };
}

export const getOwnAccounts = () =>
  request<{ accounts: OwnAccount[] }>("GET", "/sub-accounts").then(({ accounts }) => accounts);
