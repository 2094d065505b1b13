import type { AccountTransfer, Withdrawal } from "./account-history";
import type { components } from "./generated/schema";
import { type Headers, request } from "./http";
import type { Candle } from "./types";

/** Money that comes, goes and moves. */

type Schemas = components["schemas"];

export type WalletTerms = Schemas["WalletTerms"];
export type AssetTerms = Schemas["AssetWalletTerms"];
export type WithdrawalAddress = Schemas["WithdrawalAddress"];
export type NewWithdrawal = Schemas["NewWithdrawal"];
export type NewAddress = Schemas["NewWithdrawalAddress"];
export type NewTransfer = Schemas["NewTransfer"];
export type Statement = Schemas["Statement"];
export type BalanceHistory = Schemas["BalanceHistory"];
export type LiabilityProof = Schemas["LiabilityProof"];

/** The same key is the same act, however often it is sent. */
const once = (key: string): Headers => ({ "Idempotency-Key": key });

export const getWalletTerms = () => request<WalletTerms>("GET", "/wallet-terms");
export const getAddresses = () =>
  request<{ addresses: WithdrawalAddress[] }>("GET", "/withdrawal-addresses");
export const addAddress = (body: NewAddress, proof: Headers) =>
  request<WithdrawalAddress>("POST", "/withdrawal-addresses", { body, headers: proof });
export const removeAddress = ({ asset, address }: WithdrawalAddress) =>
  request<void>("DELETE", `/withdrawal-addresses?${new URLSearchParams({ asset, address })}`);

export const withdraw = (body: NewWithdrawal, key: string, proof: Headers) =>
  request<Withdrawal>("POST", "/withdrawals", { body, headers: { ...once(key), ...proof } });
export const getWithdrawal = (id: number) => request<Withdrawal>("GET", `/withdrawals/${id}`);
export const cancelWithdrawal = (id: number) => request<Withdrawal>("DELETE", `/withdrawals/${id}`);

export const transfer = (body: NewTransfer, key: string) =>
  request<AccountTransfer>("POST", "/transfers", { body, headers: once(key) });

export const statementPath = (ending: "" | ".csv" | ".html", from: string, to: string) =>
  `/statement${ending}?from_date=${from}&to_date=${to}`;
export const getStatement = (from: string, to: string) =>
  request<Statement>("GET", statementPath("", from, to), { timeoutMs: 60_000 });
export const getLiabilityProof = () => request<LiabilityProof>("GET", "/liabilities/proof");

export const getBalanceHistory = (interval: string, count: number) =>
  request<BalanceHistory>("GET", `/balance-history?interval=${interval}&count=${count}`, {
    timeoutMs: 60_000,
  });
/** Every candle of a time, also those in which nobody traded. */
export const getCandlesFrom = (symbol: string, interval: string, startNs: string, limit: number) =>
  request<{ candles: Candle[] }>(
    "GET",
    `/candles?${new URLSearchParams({ symbol, interval, start_ns: startNs, limit: String(limit), empty: "true" })}`,
  );
