import type { BotParameter, ParameterTexts } from "../../api/bots";
import type { BotWord } from "../../i18n/bots";

/** What a parameter is set to, or would be. */
export function settingOf(parameter: BotParameter): string {
  return parameter.value ?? parameter.default;
}

/** What all are set to, as a form begins with it. */
export function settingsOf(parameters: readonly BotParameter[]): ParameterTexts {
  return Object.fromEntries(parameters.map((each) => [each.name, settingOf(each)]));
}

/** The texts that differ from what is set. */
export function changesOf(
  parameters: readonly BotParameter[],
  draft: ParameterTexts,
): ParameterTexts {
  const changes: Record<string, string> = {};
  for (const parameter of parameters) {
    const text = draft[parameter.name]?.trim();
    if (text !== undefined && text !== settingOf(parameter)) changes[parameter.name] = text;
  }
  return changes;
}

const FORMS: Readonly<Record<string, readonly [RegExp, BotWord]>> = {
  int: [/^[+-]?\d+$/, "needsWhole"],
  float: [/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, "needsNumber"],
  bool: [/^(true|false)$/, "needsBool"],
};

/** What is wrong with a text before it is sent; its bounds only the exchange knows. */
export function problemOf(parameter: BotParameter, text: string): BotWord | null {
  const trimmed = text.trim();
  if (trimmed === "") return "needsValue";
  const form = FORMS[parameter.type];
  return form === undefined || form[0].test(trimmed) ? null : form[1];
}

/** Problems by parameter, of those that are changed. */
export function problemsOf(
  parameters: readonly BotParameter[],
  changes: ParameterTexts,
): Readonly<Record<string, BotWord>> {
  const problems: Record<string, BotWord> = {};
  for (const parameter of parameters) {
    const text = changes[parameter.name];
    const problem = text === undefined ? null : problemOf(parameter, text);
    if (problem !== null) problems[parameter.name] = problem;
  }
  return problems;
}
