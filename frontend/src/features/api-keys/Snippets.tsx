import { useState } from "react";
import { say } from "../../i18n/api-keys";
import { CopyButton } from "../../ui/CopyButton";
import { Segmented } from "../../ui/Segmented";
import { type Program, programsFor, snippet } from "./snippets";

interface Props {
  apiKey: string;
  /** Null: it is known to its owner alone. */
  secret: string | null;
  isPair: boolean;
}

/** Programs that trade here with the key, by copy and paste. */
export function Snippets({ apiKey, secret, isPair }: Props) {
  const programs = programsFor(isPair);
  const [program, setProgram] = useState<Program>("ccxt");
  const text = snippet(program, { origin: location.origin, apiKey, secret, isPair });
  return (
    <div>
      <div className="field-head">
        <Segmented
          label={say("programs")}
          className="flat"
          options={programs.map((value) => ({ value, label: value }))}
          value={program}
          onChange={setProgram}
        />
        <CopyButton text={text} label={say("copy")} copiedLabel={say("copied")} name={program} />
      </div>
      {/* It scrolls, so the keyboard must be able to reach it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className="snippet" tabIndex={0} aria-label={program}>
        <pre>{text}</pre>
      </section>
      {(secret !== null || isPair) && (
        <p className="hint">{say(isPair ? "snippetPair" : "snippetHint")}</p>
      )}
    </div>
  );
}
