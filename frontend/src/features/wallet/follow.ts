import type { Withdrawal } from "../../api/account-history";
import { getWithdrawal } from "../../api/wallet";
import { pollWhileVisible } from "../../state/poll";

const FOLLOW_MS = 2_000;

/** Tells of each of these withdrawals where it is, again and again while the page is visible. Returns what ends it. */
export function followWithdrawals(
  ids: readonly number[],
  learn: (one: Withdrawal) => void,
  page: Parameters<typeof pollWhileVisible>[2] = document,
): () => void {
  let isOver = false;
  async function follow(): Promise<void> {
    for (const id of ids) {
      try {
        const one = await getWithdrawal(id);
        if (isOver) return;
        learn(one);
      } catch {
        // What is shown stays; it is asked for again.
      }
    }
  }
  const stop = pollWhileVisible(follow, FOLLOW_MS, page);
  return () => {
    isOver = true;
    stop();
  };
}
