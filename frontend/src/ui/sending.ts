import { useState } from "react";

export interface Sending {
  /** A request is on its way: what sent it must not be sent again. */
  working: boolean;
  /** Why the last one was refused, in words. */
  refusal: string | null;
  /** Runs `task` unless one is running; true if it came through. */
  send: (task: () => Promise<void>) => Promise<boolean>;
}

/** The sending of a form: one request at a time, and what became of it. */
export function useSending(refusalText: (error: unknown) => string): Sending {
  const [working, setWorking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  async function send(task: () => Promise<void>): Promise<boolean> {
    if (working) return false;
    setWorking(true);
    setRefusal(null);
    try {
      await task();
      return true;
    } catch (error) {
      setRefusal(refusalText(error));
      return false;
    } finally {
      setWorking(false);
    }
  }
  return { working, refusal, send };
}
