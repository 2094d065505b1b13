import { useEffect } from "react";
import { useSearchParams } from "wouter";
import { say } from "../i18n/records";
import { loadOwnAccounts, useOwnAccounts } from "../state/own-accounts";
import { useSession } from "../state/session";
import { FilterChoice } from "../ui/RecordTools";

/** Which account a page is about: the one that the address names; without, the main one (null). */
export function useAccountInAddress(): { account: number | null; accountId: number | null } {
  const [params] = useSearchParams();
  const main = useSession((session) => session.user?.account_id ?? null);
  const named = Number(params.get("account") ?? "");
  const account = Number.isSafeInteger(named) && named > 0 && named !== main ? named : null;
  return { account, accountId: account ?? main };
}

/** The choice among the login's accounts; nothing, if there is but one. */
export function AccountPicker() {
  const { accountId } = useAccountInAddress();
  const [, setParams] = useSearchParams();
  const isSignedIn = useSession((session) => session.status === "signed-in");
  const accounts = useOwnAccounts((state) => state.accounts);
  useEffect(() => {
    if (isSignedIn) void loadOwnAccounts();
  }, [isSignedIn]);
  if (accounts === null || accounts.length < 2 || accountId === null) return null;
  return (
    <FilterChoice
      label={say("chosenAccount")}
      value={String(accountId)}
      options={accounts.map(({ account_id, name, is_main }) => ({
        value: String(account_id),
        label: `${is_main ? say("mainAccount") : name} · ${account_id}`,
      }))}
      onChange={(chosen) =>
        setParams((params) => {
          const isMain = accounts.some((one) => one.is_main && String(one.account_id) === chosen);
          if (isMain) params.delete("account");
          else params.set("account", chosen);
          return params;
        })
      }
    />
  );
}
