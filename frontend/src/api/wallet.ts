import type { AccountTransfer, Withdrawal } from "./account-history";
import { type AccountId, accountHeaders } from "./accounts";
import type { components } from "./generated/schema";
import { type Headers, request } from "./http";
import type { Balances } from "./types";

/** Money that comes, goes and moves. */

type Schemas = components["schemas"];

export type WalletTerms = Schemas["WalletTerms"];
export type AssetTerms = Schemas["AssetWalletTerms"];
export type WithdrawalAddress = Schemas["WithdrawalAddress"];
export type NewWithdrawal = Schemas["NewWithdrawal"];
export type NewAddress = Schemas["NewWithdrawalAddress"];
export type NewTransfer = Schemas["NewTransfer"];
export type Statement = Schemas["Statement"];
export type LiabilityProof = Schemas["LiabilityProof"];

const at = (account: AccountId, more: Headers = {}) => ({
  headers: { ...accountHeaders(account), ...more },
});
/** The same key is the same act, however often it is sent. */
const once = (key: string): Headers => ({ "Idempotency-Key": key });

export const getBalances = (account: AccountId) =>
  request<Balances>("GET", "/balances", at(account));
export const getWalletTerms = (account: AccountId) =>
  request<WalletTerms>("GET", "/wallet-terms", at(account));
export const getAddresses = (account: AccountId) =>
  request<{ addresses: WithdrawalAddress[] }>("GET", "/withdrawal-addresses", at(account));
export const addAddress = (account: AccountId, body: NewAddress, proof: Headers) =>
  request<WithdrawalAddress>("POST", "/withdrawal-addresses", { body, ...at(account, proof) });
export const removeAddress = (account: AccountId, { asset, address }: WithdrawalAddress) =>
  request<void>(
    "DELETE",
    `/withdrawal-addresses?${new URLSearchParams({ asset, address })}`,
    at(account),
  );

export const withdraw = (account: AccountId, body: NewWithdrawal, key: string, proof: Headers) =>
  request<Withdrawal>("POST", "/withdrawals", { body, ...at(account, { ...once(key), ...proof }) });
export const getWithdrawal = (account: AccountId, id: number) =>
  request<Withdrawal>("GET", `/withdrawals/${id}`, at(account));
export const cancelWithdrawal = (account: AccountId, id: number) =>
  request<Withdrawal>("DELETE", `/withdrawals/${id}`, at(account));

export const transfer = (account: AccountId, body: NewTransfer, key: string) =>
  request<AccountTransfer>("POST", "/transfers", { body, ...at(account, once(key)) });
export const askDemoFunds = (account: AccountId, asset: string) =>
  request<Schemas["FaucetAnswer"]>("POST", "/faucet", { body: { asset }, ...at(account) });

export const statementPath = (ending: "" | ".csv" | ".html", from: string, to: string) =>
  `/statement${ending}?from_date=${from}&to_date=${to}`;
export const getStatement = (account: AccountId, from: string, to: string) =>
  request<Statement>("GET", statementPath("", from, to), { timeoutMs: 60_000, ...at(account) });
export const getLiabilityProof = (account: AccountId) =>
  request<LiabilityProof>("GET", "/liabilities/proof", at(account));

export const sendEmailCode = (email: string) =>
  request<void>("POST", "/auth/codes", { body: { email, purpose: "verify" } });
export const verifyEmail = (email: string, code: string) =>
  request<void>("POST", "/auth/verify-email", { body: { email, code } });
