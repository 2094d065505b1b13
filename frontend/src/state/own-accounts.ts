import { create } from "zustand";
import { getOwnAccounts, type OwnAccount } from "../api/accounts";
import { errorText } from "./errors";
import { showToast } from "./toasts";

/** The login's accounts, the main one first; null until they are known. */
export const useOwnAccounts = create<{ accounts: OwnAccount[] | null }>(() => ({ accounts: null }));

export async function loadOwnAccounts(): Promise<void> {
  try {
    useOwnAccounts.setState({ accounts: await getOwnAccounts() });
  } catch (error) {
    showToast("warning", errorText(error));
  }
}
