import type { components } from "./generated/schema";
import { request } from "./http";

/** What operators see and do. Apart from the rest: one page alone needs it. */

type Schemas = components["schemas"];
/** The document leaves these three open: their keys are those of what was changed. */
type Fields = Readonly<Record<string, unknown>>;

export type Act = Omit<Schemas["Act"], "asked" | "before" | "after"> & {
  asked: Fields;
  before: Fields;
  after: Fields;
};
export type Acts = Omit<Schemas["Acts"], "acts"> & { acts: Act[] };
export type AccountsWithTerms = Schemas["AccountsWithTerms"];
export type AccountTerms = Schemas["AccountTerms"];
export type AssetBalance = Schemas["AssetBalance"];
export type Instrument = Schemas["OperatedInstrument"];
export type Instruments = Schemas["OperatedInstruments"];
export type InstrumentVersion = Schemas["InstrumentVersion"];
export type InstrumentVersions = Schemas["InstrumentVersions"];
export type Interest = Schemas["Interest"];
export type Liabilities = Schemas["Liabilities"];
export type LiabilitiesList = Schemas["LiabilitiesList"];
export type ListedAsset = Schemas["ListedAsset"];
export type ListedAssets = Schemas["ListedAssets"];
export type OpenInterest = Schemas["OpenInterest"];
export type OperatedAccount = Schemas["OperatedAccount"];
export type OperatedOrder = Schemas["OperatedOrder"];
export type OperatedUser = Schemas["OperatedUser"];
export type OperatedUsers = Schemas["OperatedUsers"];
export type ProcessStatus = Schemas["ProcessStatus"];
export type Proposal = Schemas["Proposal"];
export type Proposals = Schemas["Proposals"];
export type Reconciliation = Schemas["Reconciliation"];
export type Role = OperatedUser["role"];
export type SystemStatus = Schemas["SystemStatus"];
export type TopAccounts = Schemas["TopAccounts"];
export type TradingStatus = Instrument["status"];
export type UserDetail = Schemas["UserDetail"];
export type UserStatus = OperatedUser["status"];
export type Volume = Schemas["Volume"];
export type Volumes = Schemas["Volumes"];
export type Withdrawal = Schemas["OperatedWithdrawal"];
export type Withdrawals = Schemas["OperatedWithdrawals"];
export type WithdrawalRule = Schemas["WithdrawalRule"];
export type WithdrawalRules = Schemas["WithdrawalRules"];

/** What an operator wants done, as the API takes it. */
export interface Wanted {
  method: "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  body?: Fields;
}

export const ask = <Answer>(path: string) => request<Answer>("GET", path);

/** `code`: of the second factor; "" without one. */
export const carryOut = ({ method, path, body }: Wanted, code: string) =>
  request<Act>(method, path, { body, headers: code === "" ? {} : { "X-Openbell-Code": code } });
