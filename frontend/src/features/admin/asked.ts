import { useEffect, useState } from "react";
import { ask } from "../../api/admin";
import { errorText } from "../../state/errors";
import { pollWhileVisible } from "../../state/poll";
import { useActing } from "./acting";

const EVERY_MS = 5_000;

/** What the exchange answers, kept up to date. */
export interface Asked<Answer> {
  /** Null until the first answer. */
  answer: Answer | null;
  /** Why the last time there was none. */
  fault: string | null;
}

interface Heard<Answer> extends Asked<Answer> {
  path: string | null;
}

/** Asks again and again, and at once after each act; null asks nothing. */
export function useAsked<Answer>(path: string | null, everyMs = EVERY_MS): Asked<Answer> {
  const acts = useActing((acting) => acting.count);
  const [heard, setHeard] = useState<Heard<Answer>>({ path: null, answer: null, fault: null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: after an act everything may be another
  useEffect(() => {
    if (path === null) return;
    let isOver = false;
    const stop = pollWhileVisible(async () => {
      try {
        const answer = await ask<Answer>(path);
        if (!isOver) setHeard({ path, answer, fault: null });
      } catch (error) {
        const fault = errorText(error);
        if (isOver) return;
        setHeard((before) => ({
          path,
          answer: before.path === path ? before.answer : null,
          fault,
        }));
      }
    }, everyMs);
    return () => {
      isOver = true;
      stop();
    };
  }, [path, everyMs, acts]);
  return heard.path === path ? heard : { answer: null, fault: null };
}

/** A path with what is said of its query. */
export function withQuery(path: string, query: Readonly<Record<string, string | number>>): string {
  const said = Object.entries(query).filter(([, value]) => value !== "");
  const text = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? path : `${path}?${text}`;
}
