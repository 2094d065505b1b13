import { useCallback, useEffect, useRef, useState } from "react";
import { errorText } from "./errors";

export interface Loaded<T> {
  /** Null until it came; what came last stays while it is asked for again. */
  value: T | null;
  /** Why it could not be loaded just now. */
  refusal: string | null;
  reload: () => Promise<void>;
}

/** What a page shows of the exchange, asked for when it opens and when `reload` says. `load` must be stable. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const newest = useRef(0);

  const reload = useCallback(async () => {
    newest.current += 1;
    const mine = newest.current;
    try {
      const found = await load();
      if (mine !== newest.current) return;
      setValue(found);
      setRefusal(null);
    } catch (error) {
      if (mine === newest.current) setRefusal(errorText(error));
    }
  }, [load]);

  useEffect(() => {
    void reload();
  }, [reload]);
  return { value, refusal, reload };
}
