import { type FormEvent, useState } from "react";
import type { BotStrategy } from "../../api/bots";
import { say } from "../../i18n/bots";
import { t } from "../../i18n/translate";
import { useMarket } from "../../state/market";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { addBot, useBots } from "./bots";
import { type BotDraft, draftOf, judgeBot } from "./new-bot";
import { ParameterFields } from "./ParameterFields";
import { faultOf, refusalText } from "./refusals";
import { spoken } from "./spoken";

interface Props {
  strategies: readonly [BotStrategy, ...BotStrategy[]];
  onClose: () => void;
}

/** Puts a new bot together and starts it. */
export function NewBotDialog({ strategies, onClose }: Props) {
  const listed = useMarket((market) => market.instruments).map(({ symbol }) => symbol);
  const taken = useBots((state) => state.bots).map(({ name }) => name);
  const [draft, setDraft] = useState(() => draftOf(strategies[0], listed));
  const [refused, setRefused] = useState<unknown>(null);
  const [sending, setSending] = useState(false);
  const verdict = judgeBot(draft, listed, sending ? [] : taken);
  const fault = faultOf(refused);
  const faulty = fault === null ? {} : { [fault.parameter]: fault.text };

  function change(part: Partial<BotDraft>): void {
    setDraft({ ...draft, ...part });
    setRefused(null);
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (verdict.body === null || sending) return;
    setSending(true);
    const error = await addBot(verdict.body);
    setSending(false);
    setRefused(error);
    if (error === null) onClose();
  }

  return (
    <Dialog title={say("newTitle")} closeLabel={t("settings.close")} onClose={onClose}>
      <form className="bot-form" onSubmit={submit} noValidate>
        <StrategyField
          strategies={strategies}
          chosen={draft.strategy}
          onChoose={(strategy) => change(draftOf(strategy, listed))}
        />
        <MarketFields
          symbols={draft.symbols}
          listed={listed}
          problem={
            verdict.marketProblem && say(verdict.marketProblem.key, verdict.marketProblem.values)
          }
          onChange={(symbols) => change({ symbols })}
        />
        <Field
          label={say("name")}
          hint={say("names")}
          problem={verdict.nameProblem ? say(verdict.nameProblem) : undefined}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              name="name"
              autoComplete="off"
              spellCheck={false}
              value={draft.name ?? verdict.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        <h3>{say("parameters")}</h3>
        <ParameterFields
          parameters={draft.strategy.parameters}
          draft={draft.parameters}
          problems={{ ...spoken(verdict.parameterProblems), ...faulty }}
          onChange={(parameters) => change({ parameters })}
        />
        <p className="refusal" role="status">
          {refused !== null && fault === null ? refusalText(refused) : ""}
        </p>
        <button type="submit" className="primary" disabled={sending || verdict.body === null}>
          {say(sending ? "beginning" : "begin")}
        </button>
      </form>
    </Dialog>
  );
}

interface StrategyFieldProps {
  strategies: readonly BotStrategy[];
  chosen: BotStrategy;
  onChoose: (strategy: BotStrategy) => void;
}

function StrategyField({ strategies, chosen, onChoose }: StrategyFieldProps) {
  return (
    <Field
      label={say("strategy")}
      hint={`${chosen.summary} ${say("account", { role: chosen.role })}`}
    >
      {(attributes) => (
        <select
          {...attributes}
          value={chosen.name}
          onChange={(event) => {
            const found = strategies.find(({ name }) => name === event.target.value);
            if (found !== undefined) onChoose(found);
          }}
        >
          {strategies.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface MarketFieldsProps {
  symbols: readonly string[];
  listed: readonly string[];
  problem: string | null;
  onChange: (symbols: string[]) => void;
}

function MarketFields({ symbols, listed, problem, onChange }: MarketFieldsProps) {
  return (
    <>
      {symbols.map((symbol, at) => (
        <Field
          // biome-ignore lint/suspicious/noArrayIndexKey: a strategy tells its markets apart by their places
          key={at}
          label={symbols.length === 1 ? say("market") : say("marketNumber", { number: at + 1 })}
          problem={at === symbols.length - 1 ? (problem ?? undefined) : undefined}
        >
          {(attributes) => (
            <select
              {...attributes}
              value={symbol}
              onChange={(event) => onChange(symbols.with(at, event.target.value))}
            >
              {listed.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          )}
        </Field>
      ))}
    </>
  );
}
