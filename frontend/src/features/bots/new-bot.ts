import type { BotStrategy, NewBot, ParameterTexts } from "../../api/bots";
import type { BotWord } from "../../i18n/bots";
import type { MessageValues } from "../../i18n/translate";
import { changesOf, problemsOf, settingsOf } from "./parameters";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$/;
const NAME_MAX = 48;

/** A bot as it is being put together. */
export interface BotDraft {
  strategy: BotStrategy;
  symbols: readonly string[];
  /** Null: a name is made of the strategy and its market. */
  name: string | null;
  parameters: ParameterTexts;
}

export interface BotVerdict {
  name: string;
  /** Null while something is wrong. */
  body: NewBot | null;
  nameProblem: BotWord | null;
  marketProblem: { key: BotWord; values?: MessageValues } | null;
  parameterProblems: Readonly<Record<string, BotWord>>;
}

/** A draft of a strategy with its defaults, on the first markets there are. */
export function draftOf(strategy: BotStrategy, listed: readonly string[]): BotDraft {
  return {
    strategy,
    symbols: listed.slice(0, strategy.symbols),
    name: null,
    parameters: settingsOf(strategy.parameters),
  };
}

export function judgeBot(
  draft: BotDraft,
  listed: readonly string[],
  taken: readonly string[],
): BotVerdict {
  const { strategy, symbols } = draft;
  const name = draft.name?.trim() ?? suggestedName(strategy.name, symbols[0] ?? "", taken);
  const changes = changesOf(strategy.parameters, draft.parameters);
  const parameterProblems = problemsOf(strategy.parameters, changes);
  const nameProblem = taken.includes(name) ? "nameTaken" : NAME.test(name) ? null : "badName";
  const marketProblem = problemOfMarkets(strategy.symbols, symbols, listed);
  const isRight =
    nameProblem === null && marketProblem === null && Object.keys(parameterProblems).length === 0;
  const body: NewBot = {
    name,
    strategy: strategy.name,
    symbols: withReference(symbols, changes),
    parameters: changes,
  };
  return { name, body: isRight ? body : null, nameProblem, marketProblem, parameterProblems };
}

function problemOfMarkets(
  needed: number,
  symbols: readonly string[],
  listed: readonly string[],
): BotVerdict["marketProblem"] {
  if (listed.length < needed) {
    return { key: "tooFewMarkets", values: { needed, listed: listed.length } };
  }
  return new Set(symbols).size < needed ? { key: "sameMarket" } : null;
}

/** A bot that takes its price from another instrument must follow that one, too. */
function withReference(symbols: readonly string[], changes: ParameterTexts): string[] {
  const other = /^instrument:(.+)$/.exec(changes.reference ?? "")?.[1];
  return other === undefined || symbols.includes(other) ? [...symbols] : [...symbols, other];
}

function suggestedName(strategy: string, symbol: string, taken: readonly string[]): string {
  const name = `${strategy}-${symbol}`.slice(0, NAME_MAX);
  let number = 1;
  let free = name;
  while (taken.includes(free)) {
    number += 1;
    free = `${name.slice(0, NAME_MAX - 4)}-${number}`;
  }
  return free;
}
