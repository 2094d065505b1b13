import { create } from "zustand";
import { ApiError, type Headers } from "../api/http";
import { errorText } from "./errors";

interface Asked {
  /** What is wrong with the code of before; null the first time. */
  problem: string | null;
  /** Null: it is not given. */
  answer: (code: string | null) => void;
}

/** The code that is being asked for, while one is. */
export const useSecondFactor = create<{ asked: Asked | null; isChecking: boolean }>(() => ({
  asked: null,
  isChecking: false,
}));

/**
 * What `call` answers; where the exchange demands a code of the second factor, it is asked for and `call` is made again
 * with it.
 *
 * @throws ApiError SECOND_FACTOR_REQUIRED if no code is given, or what else was refused
 */
export async function withSecondFactor<T>(call: (proof: Headers) => Promise<T>): Promise<T> {
  let proof: Headers = {};
  try {
    for (;;) {
      try {
        return await call(proof);
      } catch (error) {
        const code = await codeFor(error);
        if (code === null) throw error;
        proof = { "X-Openbell-Code": code };
      }
    }
  } finally {
    useSecondFactor.setState({ asked: null, isChecking: false });
  }
}

function codeFor(error: unknown): Promise<string | null> {
  const code = error instanceof ApiError ? error.code : "";
  if (code !== "SECOND_FACTOR_REQUIRED" && code !== "INVALID_CODE") return Promise.resolve(null);
  return new Promise((resolve) => {
    const answer = (given: string | null) => {
      useSecondFactor.setState({ isChecking: given !== null });
      resolve(given);
    };
    const problem = code === "INVALID_CODE" ? errorText(error) : null;
    useSecondFactor.setState({ asked: { problem, answer }, isChecking: false });
  });
}
