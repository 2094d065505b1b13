import { type FormEvent, useState } from "react";
import { say } from "../../i18n/security";
import { CodeField } from "../../ui/CodeField";
import { focusFirst } from "../../ui/focus";
import { PasswordField } from "../../ui/PasswordField";
import { useSending } from "../../ui/sending";
import { refusalText } from "./refusals";

interface Props {
  warning?: string;
  button: string;
  needsCode: boolean;
  /** Sends what was proven; what it throws is told. */
  onProof: (password: string, code: string) => Promise<void>;
}

/** The password once more, and a code where there is a second factor. */
export function ProofForm({ warning, button, needsCode, onProof }: Props) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const sending = useSending(refusalText);
  const missing = (text: string) => (tried && text.trim() === "" ? say("needed") : undefined);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (password === "" || (needsCode && code.trim() === "")) return;
    await sending.send(() => onProof(password, code));
  }

  return (
    <form ref={focusFirst} className="auth-form" onSubmit={submit} noValidate>
      {warning !== undefined && <p>{warning}</p>}
      <PasswordField
        label={say("passwordAgain")}
        value={password}
        problem={missing(password)}
        onChange={setPassword}
      />
      {needsCode && (
        <CodeField label={say("code")} value={code} problem={missing(code)} onChange={setCode} />
      )}
      <p className="refusal" role="alert">
        {sending.refusal}
      </p>
      <button type="submit" className="primary" disabled={sending.working}>
        {sending.working ? say("working") : button}
      </button>
    </form>
  );
}
