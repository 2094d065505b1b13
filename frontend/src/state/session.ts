import { create } from "zustand";
import * as endpoints from "../api/endpoints";
import { isFinal, setAccessToken, setTokenRenewal } from "../api/http";
import * as identity from "../api/identity";
import type { SessionAnswer, User } from "../api/types";
import { shareToken } from "../bridge/engine-link";
import { t } from "../i18n/translate";
import { dropAccount, loadAccounts, takeUpAccount, useActingAccount } from "./acting-account";
import { withOwn } from "./own-side";
import { showToast } from "./toasts";

interface Session {
  /** `restoring` while the cookie of an earlier visit is being tried. */
  status: "restoring" | "anonymous" | "signed-in";
  user: User | null;
}

export const useSession = create<Session>(() => ({ status: "restoring", user: null }));

/** Says that a refresh cookie may exist, so that a first visit makes no request that must fail. */
const HINT_KEY = "openbell.session";
const RENEW_BEFORE_S = 60;
const RETRY_MS = 5_000;

let renewTimer: ReturnType<typeof setTimeout> | undefined;
let renewing: Promise<boolean> | null = null;

export async function restoreSession(): Promise<void> {
  setTokenRenewal(renew);
  if (readHint() && (await renew())) return;
  if (useSession.getState().status === "restoring") useSession.setState({ status: "anonymous" });
}

/** @throws ApiError | NoAnswerError */
export async function signUp(credentials: endpoints.Credentials): Promise<void> {
  begin(await endpoints.signUp(credentials));
}

/** @throws ApiError | NoAnswerError */
export async function logIn(credentials: endpoints.Credentials): Promise<void> {
  begin(await endpoints.logIn(credentials));
}

/** @throws ApiError | NoAnswerError */
export async function logInByCode(email: string, code: string): Promise<void> {
  begin(await identity.logInByCode(email, code));
}

/**
 * The second half of a login with a second factor.
 *
 * @throws ApiError | NoAnswerError
 */
export async function finishLogIn(challenge: string, code: string): Promise<void> {
  begin(await identity.finishLogin(challenge, code));
}

/** Asks again who is logged in: what is known of them has changed. */
export async function reloadUser(): Promise<void> {
  if (useSession.getState().status !== "signed-in") return;
  try {
    useSession.setState({ user: await identity.getUser() });
  } catch {
    // The next renewal of the session brings it.
  }
}

export async function logOut(): Promise<void> {
  try {
    await endpoints.logOut();
  } catch {
    // The cookie outlives a lost request, but this page forgets it: nothing here uses it again.
  }
  end();
  showToast("plain", t("notice.loggedOut"));
}

/** Gets a new access token by the refresh cookie; false if that session is over. */
export function renew(): Promise<boolean> {
  renewing ??= oneTabAtATime(renewNow).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renewNow(): Promise<boolean> {
  try {
    const answer = await endpoints.refresh();
    const { user } = useSession.getState();
    if (user !== null && user.user_id !== answer.user.user_id) {
      // Another tab logged in as somebody else: nothing of this page is theirs, least of all what it would send again.
      end();
      writeHint(true);
      location.reload();
      return false;
    }
    begin(answer);
    return true;
  } catch (error) {
    if (isFinal(error)) {
      const wasSignedIn = useSession.getState().status === "signed-in";
      end();
      if (wasSignedIn) showToast("warning", t("notice.sessionEnded"));
    } else {
      renewTimer = setTimeout(renew, RETRY_MS);
    }
    return false;
  }
}

/** A refresh token works once: two tabs that used the same one would both be logged out. */
async function oneTabAtATime(task: () => Promise<boolean>): Promise<boolean> {
  // Browsers offer locks only on secure origins.
  if (navigator.locks === undefined) return task();
  return await navigator.locks.request("openbell.refresh", task);
}

function begin(answer: SessionAnswer): void {
  setAccessToken(answer.access_token);
  const isNew = useSession.getState().user?.user_id !== answer.user.user_id;
  const accountId = isNew ? takeUpAccount(answer.user) : useActingAccount.getState().accountId;
  shareToken(answer.access_token, accountId);
  writeHint(true);
  clearTimeout(renewTimer);
  renewTimer = setTimeout(renew, Math.max(5, answer.expires_in_s - RENEW_BEFORE_S) * 1_000);
  useSession.setState({ status: "signed-in", user: answer.user });
  if (!isNew) return;
  void loadAccounts();
  withOwn((own) => void own.loadHistory());
}

function end(): void {
  clearTimeout(renewTimer);
  setAccessToken(null);
  shareToken(null);
  writeHint(false);
  withOwn((own) => {
    own.clearOrders();
    own.clearBalances();
  });
  dropAccount();
  useSession.setState({ status: "anonymous", user: null });
}

function readHint(): boolean {
  try {
    return localStorage.getItem(HINT_KEY) !== null;
  } catch {
    return true;
  }
}

function writeHint(present: boolean): void {
  try {
    if (present) localStorage.setItem(HINT_KEY, "1");
    else localStorage.removeItem(HINT_KEY);
  } catch {
    // Without storage the hint is simply absent next time.
  }
}
