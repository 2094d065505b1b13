import { create } from "zustand";
import { getAccounts, type SubAccount } from "../api/accounts";
import { ApiError, isFinal, setActingAccount } from "../api/http";
import type { User } from "../api/types";

interface ActingAccount {
  /** The account that everything on screen is about; null: the login's main one. */
  accountId: number | null;
  /** All of the login, closed ones too; empty until they are known. */
  accounts: readonly SubAccount[];
}

export const useActingAccount = create<ActingAccount>(() => ({ accountId: null, accounts: [] }));

/** Of one tab: another may act for another account. */
const KEY = "openbell.account";
const RETRY_MS = 5_000;

/** Takes up the account this tab last acted for, if it was the same user's. */
export function takeUpAccount(user: User): number | null {
  const accountId = readChoice(user.user_id);
  setActingAccount(accountId);
  useActingAccount.setState({ accountId });
  return accountId;
}

export function dropAccount(): void {
  setActingAccount(null);
  useActingAccount.setState({ accountId: null, accounts: [] });
}

/** Asks which accounts there are, again and again until there is an answer. */
export async function loadAccounts(): Promise<void> {
  try {
    const { accounts } = await getAccounts();
    useActingAccount.setState({ accounts });
  } catch (error) {
    // An account that is not there, or no longer this user's, must not be in the way of all others.
    const { accountId } = useActingAccount.getState();
    if (error instanceof ApiError && error.status === 404 && accountId !== null) actFor(null);
    else if (!isFinal(error)) setTimeout(loadAccounts, RETRY_MS);
  }
}

/**
 * Acts for another account from now on; null: the main one. The page starts anew: what is on screen or on its
 * way is about one account for good, as a connection to the exchange is.
 */
export function actFor(chosen: { userId: number; accountId: number } | null): void {
  writeChoice(chosen);
  location.reload();
}

/** The number of the account that everything on screen is about; "" while it is not known. */
export function useAccountNumber(): number | "" {
  return useActingAccount(({ accountId, accounts }) => {
    return accountId ?? accounts.find(({ is_main }) => is_main)?.account_id ?? "";
  });
}

/** What an account is called; its number while its name is not known. */
export function accountName(accounts: readonly SubAccount[], accountId: number): string {
  return accounts.find((account) => account.account_id === accountId)?.name ?? String(accountId);
}

function readChoice(userId: number): number | null {
  try {
    const [user, account] = (sessionStorage.getItem(KEY) ?? "").split(":");
    return user === String(userId) && /^\d{1,10}$/.test(account ?? "") ? Number(account) : null;
  } catch {
    return null;
  }
}

function writeChoice(chosen: { userId: number; accountId: number } | null): void {
  try {
    if (chosen === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, `${chosen.userId}:${chosen.accountId}`);
  } catch {
    // Without storage every page acts for the main account, and says so.
  }
}
