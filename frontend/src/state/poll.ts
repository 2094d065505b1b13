type Visibility = Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;

/**
 * Runs `load`, then again `everyMs` after each has ended, as long as the page is visible; at once when it becomes
 * so. Returns what ends it. `load` must not throw.
 */
export function pollWhileVisible(
  load: () => Promise<void>,
  everyMs: number,
  page: Visibility = document,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLoading = false;
  let isOver = false;

  async function round(): Promise<void> {
    if (isLoading || page.hidden) return;
    clearTimeout(timer);
    isLoading = true;
    await load();
    isLoading = false;
    if (!isOver) timer = setTimeout(round, everyMs);
  }

  page.addEventListener("visibilitychange", round);
  void round();
  return () => {
    isOver = true;
    clearTimeout(timer);
    page.removeEventListener("visibilitychange", round);
  };
}
