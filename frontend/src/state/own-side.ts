/** What only somebody who is logged in has: orders, fills, balances. Whoever logs in need not wait for it. */

type OwnAccount = typeof import("./own-account");

let loading: Promise<OwnAccount> | null = null;

/** Runs once it is there; calls keep their order. Should it fail to load, the next call tries again. */
export function withOwn(run: (own: OwnAccount) => void): void {
  loading ??= import("./own-account");
  void loading.then(run, () => {
    loading = null;
  });
}
