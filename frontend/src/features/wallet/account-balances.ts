import { useCallback, useEffect, useState } from "react";
import type { AccountId } from "../../api/accounts";
import type { Balance } from "../../api/types";
import { getBalances } from "../../api/wallet";
import { fixedFromServer } from "../../lib/fixed-point";
import { useBalances } from "../../state/balances";
import { assetScale } from "../../state/market";

export type BalancesByAsset = Readonly<Record<string, Balance>>;

interface AccountBalances {
  /** Null while unknown. */
  byAsset: BalancesByAsset | null;
  /** To be called after something was done to another account than the main one. */
  refresh: () => void;
}

const POLL_MS = 3_000;

/** What an account has. The main account's balances come by themselves, another's are asked for. */
export function useAccountBalances(account: AccountId): AccountBalances {
  const main = useBalances((balances) => balances.byAsset);
  const [other, setOther] = useState<{ account: AccountId; byAsset: BalancesByAsset } | null>(null);
  const [asked, setAsked] = useState(0);
  const refresh = useCallback(() => setAsked((count) => count + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` asks again
  useEffect(() => {
    if (account === null) return;
    let isShown = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function load(): Promise<void> {
      try {
        const { balances } = await getBalances(account);
        const byAsset = Object.fromEntries(balances.map((one) => [one.asset, one]));
        if (isShown) setOther({ account, byAsset });
      } catch {
        // What is shown stays; it is asked for again.
      }
      if (isShown) timer = setTimeout(load, POLL_MS);
    }
    void load();
    return () => {
      isShown = false;
      clearTimeout(timer);
    };
  }, [account, asked]);
  if (account === null) return { byAsset: main, refresh };
  return { byAsset: other?.account === account ? other.byAsset : null, refresh };
}

/** Spendable units of an asset; null while unknown. */
export function availableIn(byAsset: BalancesByAsset | null, asset: string): bigint | null {
  if (byAsset === null) return null;
  return fixedFromServer(byAsset[asset]?.available ?? "0", assetScale(asset));
}
