import { create } from "zustand";
import { askFaucet } from "../api/endpoints";
import type { Balance } from "../api/types";
import { t } from "../i18n/translate";
import { fixedFromServer, formatFixed, trimFixed } from "../lib/fixed-point";
import { groupDigits } from "../lib/format";
import { errorText } from "./errors";
import { assetScale } from "./market";
import { showToast } from "./toasts";

interface Balances {
  /** Null until the account's first snapshot. */
  byAsset: Record<string, Balance> | null;
}

export const useBalances = create<Balances>(() => ({ byAsset: null }));

export function clearBalances(): void {
  useBalances.setState({ byAsset: null });
}

/** An update names the assets that changed; a snapshot names all. */
export function receiveBalances(balances: readonly Balance[], snapshot: boolean): void {
  const change = Object.fromEntries(balances.map((balance) => [balance.asset, balance]));
  useBalances.setState(({ byAsset }) => ({
    byAsset: snapshot ? change : { ...byAsset, ...change },
  }));
}

/** Spendable amount of an asset at its scale; null while unknown. */
export function availableOf(byAsset: Balances["byAsset"], asset: string): bigint | null {
  if (byAsset === null) return null;
  const balance = byAsset[asset];
  return balance === undefined ? 0n : fixedFromServer(balance.available, assetScale(asset));
}

export async function addDemoFunds(asset: string): Promise<void> {
  const scale = assetScale(asset);
  const before = totalOf(asset);
  try {
    const { available, held } = await askFaucet(asset);
    const total = fixedFromServer(available, scale) + fixedFromServer(held, scale);
    receiveBalances([{ asset, available, held, total: formatFixed(total, scale) }], false);
    const amount = groupDigits(trimFixed(total - before, scale));
    showToast("plain", t("notice.faucet", { amount, asset }));
  } catch (error) {
    showToast("warning", errorText(error));
  }
}

function totalOf(asset: string): bigint {
  const balance = useBalances.getState().byAsset?.[asset];
  return balance === undefined ? 0n : fixedFromServer(balance.total, assetScale(asset));
}
