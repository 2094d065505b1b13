import { ApiError } from "../../api/http";
import { BOT_WORDS, type BotWord, say } from "../../i18n/bots";
import { errorText } from "../../state/errors";

const BOUNDS: Readonly<Record<string, BotWord>> = {
  ">=": "atLeast",
  "<=": "atMost",
  ">": "above",
  "<": "below",
};

/** What a refused request about bots means, in one sentence. */
export function refusalText(error: unknown): string {
  if (error instanceof ApiError && error.code in BOT_WORDS.en) return say(error.code as BotWord);
  return errorText(error);
}

/** The parameter that a refusal is about, and what is wrong with it. */
export interface Fault {
  parameter: string;
  text: string;
}

/** Null: the refusal is about something else. The exchange says `levels: '0': Expected ‹int› >= 1`. */
export function faultOf(error: unknown): Fault | null {
  if (!(error instanceof ApiError) || error.code !== "BAD_PARAMETER") return null;
  const named = /^(\w+): '.*': (.+)$/s.exec(error.message);
  if (named === null) return null;
  const [, parameter, said] = named as unknown as [string, string, string];
  return { parameter, text: plainly(said) };
}

function plainly(said: string): string {
  const bound = /^Expected `\w+` (>=|<=|>|<) (\S+)$/.exec(said);
  if (bound !== null) return say(BOUNDS[bound[1]!]!, { bound: bound[2]!.replace(/\.0$/, "") });
  if (said.startsWith("Expected `int`")) return say("needsWhole");
  if (said.startsWith("Expected `float`")) return say("needsNumber");
  if (said.startsWith("Expected `bool`")) return say("needsBool");
  return said;
}
