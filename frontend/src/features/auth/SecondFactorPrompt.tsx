import { type FormEvent, useState } from "react";
import { say } from "../../i18n/second-factor";
import { t } from "../../i18n/translate";
import { useSecondFactor } from "../../state/second-factor";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";

/** Asks for a code of the second factor, as often as the exchange demands one. */
export default function SecondFactorPrompt() {
  const { asked, isChecking } = useSecondFactor();
  const [code, setCode] = useState("");
  if (asked === null) return null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (code.trim() === "" || isChecking) return;
    asked?.answer(code.trim());
    setCode("");
  }

  return (
    <Dialog
      title={say("title")}
      closeLabel={t("settings.close")}
      onClose={() => asked.answer(null)}
    >
      <form className="auth-form" onSubmit={submit} noValidate>
        <p>{say("why")}</p>
        <Field label={say("code")} hint={say("hint")} problem={asked.problem ?? undefined}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              name="code"
              inputMode="numeric"
              autoComplete="one-time-code"
              spellCheck={false}
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          )}
        </Field>
        <button type="submit" className="primary" disabled={isChecking || code.trim() === ""}>
          {say(isChecking ? "checking" : "go")}
        </button>
      </form>
    </Dialog>
  );
}
