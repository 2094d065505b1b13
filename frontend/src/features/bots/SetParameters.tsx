import { type FormEvent, useState } from "react";
import type { Bot, ParameterTexts } from "../../api/bots";
import { say } from "../../i18n/bots";
import { changeBot } from "./bots";
import { ParameterFields } from "./ParameterFields";
import { changesOf, problemsOf, settingsOf } from "./parameters";
import { faultOf, refusalText } from "./refusals";
import { spoken } from "./spoken";

interface Props {
  bot: Bot;
  mayControl: boolean;
}

/** A bot's parameters: what is changed here is sent, the others stay as they are. */
export function SetParameters({ bot, mayControl }: Props) {
  const { name, parameters } = bot;
  const [typed, setTyped] = useState<ParameterTexts>({});
  const [refused, setRefused] = useState<unknown>(null);
  const [sending, setSending] = useState(false);
  const draft = { ...settingsOf(parameters), ...typed };
  const changes = changesOf(parameters, draft);
  const isChanged = Object.keys(changes).length > 0;
  const problems = problemsOf(parameters, changes);
  const fault = faultOf(refused);
  const faulty = fault === null ? {} : { [fault.parameter]: fault.text };

  function type(texts: ParameterTexts): void {
    setTyped(texts);
    setRefused(null);
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!isChanged || sending || Object.keys(problems).length > 0) return;
    setSending(true);
    const error = await changeBot(name, changes);
    setSending(false);
    setRefused(error);
    if (error === null) setTyped({});
  }

  return (
    <form aria-label={say("parametersOf", { name })} onSubmit={submit} noValidate>
      <ParameterFields
        parameters={parameters}
        draft={draft}
        problems={{ ...spoken(problems), ...faulty }}
        isReadOnly={!mayControl}
        onChange={type}
      />
      {mayControl && (
        <div className="bot-buttons">
          <button type="submit" className="primary" disabled={sending || !isChanged}>
            {say(sending ? "setting" : "set")}
          </button>
          <button type="button" className="quiet" disabled={!isChanged} onClick={() => type({})}>
            {say("reset")}
          </button>
          <p className="refusal" role="status">
            {refused !== null && fault === null ? refusalText(refused) : ""}
          </p>
        </div>
      )}
    </form>
  );
}
