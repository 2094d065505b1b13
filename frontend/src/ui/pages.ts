import { useCallback, useEffect, useRef, useState } from "react";

/** A part of a long list, newest first; `cursor` goes on with it, null at the end. */
export interface PageOf<Row> {
  rows: Row[];
  cursor: string | null;
}

type Load<Row> = (cursor: string | null) => Promise<PageOf<Row>>;

/** Rows wanted of one step, and how many pages may be looked through for them. */
const STEP_ROWS = 50;
const STEP_PAGES_MAX = 10;
/** Rows kept on the page; past that a file serves better. */
export const ROWS_MAX = 2_000;

/** Reads on until there are enough rows to keep, the list ends, or enough has been looked through. */
export async function loadMatching<Row>(
  load: Load<Row>,
  cursor: string | null,
  keep: (row: Row) => boolean,
): Promise<PageOf<Row>> {
  const rows: Row[] = [];
  let next = cursor;
  for (let pages = 0; pages < STEP_PAGES_MAX; pages += 1) {
    const page = await load(next);
    rows.push(...page.rows.filter(keep));
    next = page.cursor;
    if (next === null || rows.length >= STEP_ROWS) break;
  }
  return { rows, cursor: next };
}

export interface Pages<Row> {
  rows: readonly Row[];
  /** Nothing has been read yet, or more is being read. */
  isLoading: boolean;
  /** Why the last step failed; null: it did not. */
  error: unknown;
  /** There may be more, and room for it. */
  hasMore: boolean;
  /** There is more, and no room for it. */
  isFull: boolean;
  loadMore: () => void;
  reload: () => void;
}

interface State<Row> {
  key: string;
  rows: readonly Row[];
  cursor: string | null;
  isLoading: boolean;
  error: unknown;
}

/** A long list, read step by step. It begins anew when `key`, which says what is asked for, changes. */
export function useCursorPages<Row>(
  key: string,
  load: Load<Row>,
  keep: (row: Row) => boolean = () => true,
): Pages<Row> {
  const begin = (): State<Row> => ({ key, rows: [], cursor: null, isLoading: true, error: null });
  const [state, setState] = useState(begin);
  const latest = useRef({ load, keep, turn: 0 });
  latest.current.load = load;
  latest.current.keep = keep;

  const step = useCallback(async (before: State<Row>) => {
    latest.current.turn += 1;
    const { turn, load, keep } = latest.current;
    setState({ ...before, isLoading: true, error: null });
    try {
      const page = await loadMatching(load, before.cursor, keep);
      if (turn !== latest.current.turn) return;
      const rows = [...before.rows, ...page.rows];
      setState({ ...before, rows, cursor: page.cursor, isLoading: false, error: null });
    } catch (error) {
      if (turn === latest.current.turn) setState({ ...before, isLoading: false, error });
    }
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked for is the key
  useEffect(() => {
    void step(begin());
  }, [key, step]);

  const shown = state.key === key ? state : begin();
  const isFull = shown.rows.length >= ROWS_MAX;
  return {
    rows: shown.rows,
    isLoading: shown.isLoading,
    error: shown.error,
    hasMore: shown.cursor !== null && !isFull,
    isFull: shown.cursor !== null && isFull,
    loadMore: () => void step(shown),
    reload: () => void step(begin()),
  };
}
