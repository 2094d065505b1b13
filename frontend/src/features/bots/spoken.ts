import { type BotWord, say } from "../../i18n/bots";

/** Problems by parameter, as sentences. */
export function spoken(problems: Readonly<Record<string, BotWord>>): Record<string, string> {
  return Object.fromEntries(Object.entries(problems).map(([name, word]) => [name, say(word)]));
}
