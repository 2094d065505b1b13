import { type FormEvent, useState } from "react";
import { say } from "../../i18n/auth";
import { finishLogIn } from "../../state/session";
import { CodeField } from "../../ui/CodeField";
import { focusFirst } from "../../ui/focus";
import { useSending } from "../../ui/sending";
import { type EntryProblems, problemsOf, refusalText } from "./auth-terms";
import { FormEnd } from "./FormEnd";

interface Props {
  challenge: string;
  onDone: () => void;
}

/** The second half of a login that needs one: a code of the app, or a recovery code. */
export default function SecondFactorForm({ challenge, onDone }: Props) {
  const [code, setCode] = useState("");
  const [problems, setProblems] = useState<EntryProblems>({});
  const sending = useSending(refusalText);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found = problemsOf({ code });
    setProblems(found);
    if (found.code !== undefined) return;
    if (await sending.send(() => finishLogIn(challenge, code.trim()))) onDone();
  }

  return (
    <form ref={focusFirst} className="auth-form" onSubmit={submit} noValidate>
      <CodeField
        label={say("factorCode")}
        hint={say("factorHint")}
        value={code}
        problem={problems.code}
        onChange={setCode}
      />
      <FormEnd sending={sending} label={say("goOn")} />
    </form>
  );
}
