import { type FormEvent, useState } from "react";
import { say } from "../../i18n/second-factor";
import { t } from "../../i18n/translate";
import { useSecondFactor } from "../../state/second-factor";
import { CodeField } from "../../ui/CodeField";
import { Dialog } from "../../ui/Dialog";

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
        <CodeField
          label={say("code")}
          hint={say("hint")}
          value={code}
          problem={asked.problem ?? undefined}
          onChange={setCode}
        />
        <button type="submit" className="primary" disabled={isChecking || code.trim() === ""}>
          {say(isChecking ? "checking" : "go")}
        </button>
      </form>
    </Dialog>
  );
}
