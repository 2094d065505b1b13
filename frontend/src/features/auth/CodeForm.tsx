import { type FormEvent, useState } from "react";
import { type CodePurpose, requestCode, resetPassword, verifyEmail } from "../../api/identity";
import { say } from "../../i18n/auth";
import { logInByCode, reloadUser } from "../../state/session";
import { CodeField } from "../../ui/CodeField";
import { focusFirst } from "../../ui/focus";
import { PasswordField } from "../../ui/PasswordField";
import { type Sending, useSending } from "../../ui/sending";
import {
  challengeOf,
  type EntryProblems,
  PASSWORD_MIN,
  problemsOf,
  refusalText,
} from "./auth-terms";
import { DemoMailbox } from "./DemoMailbox";
import { EmailField } from "./EmailField";
import { FormEnd } from "./FormEnd";

interface Props {
  purpose: CodePurpose;
  /** Whose address it is, where that is known. */
  knownEmail: string | null;
  /** A code is on its way already. */
  isSent?: boolean;
  onDone: (email: string) => void;
  onChallenge: (challenge: string, email: string) => void;
}

/** A one-time code by e-mail: first it is sent, then it is used. */
export default function CodeForm({
  purpose,
  knownEmail,
  isSent = false,
  onDone,
  onChallenge,
}: Props) {
  const [email, setEmail] = useState(knownEmail ?? "");
  const [sent, setSent] = useState(isSent);
  const [problems, setProblems] = useState<EntryProblems>({});
  const sending = useSending(refusalText);
  const address = email.trim();

  async function sendCode(event?: FormEvent): Promise<void> {
    event?.preventDefault();
    const found = problemsOf({ email });
    setProblems(found);
    if (found.email !== undefined) return;
    if (await sending.send(() => requestCode(address, purpose))) setSent(true);
  }

  if (sent) {
    return (
      <UseCode
        purpose={purpose}
        email={address}
        asking={sending}
        onSendAnother={() => void sendCode()}
        onDone={() => onDone(address)}
        onChallenge={(challenge) => onChallenge(challenge, address)}
      />
    );
  }
  return (
    <form ref={focusFirst} className="auth-form" onSubmit={sendCode} noValidate>
      {knownEmail === null ? (
        <EmailField value={email} problem={problems.email} onChange={setEmail} />
      ) : (
        <p className="auth-address">{knownEmail}</p>
      )}
      <FormEnd sending={sending} label={say("sendCode")} />
    </form>
  );
}

interface UseProps {
  purpose: CodePurpose;
  email: string;
  asking: Sending;
  onSendAnother: () => void;
  onDone: () => void;
  onChallenge: (challenge: string) => void;
}

const BUTTON = { verify: "verify", login: "logIn", reset: "setPassword" } as const;

function UseCode({ purpose, email, asking, onSendAnother, onDone, onChallenge }: UseProps) {
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const [problems, setProblems] = useState<EntryProblems>({});
  const sending = useSending(refusalText);
  const isReset = purpose === "reset";

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found = problemsOf(isReset ? { code, password } : { code }, isReset);
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    await sending.send(async () => {
      try {
        await spendCode(purpose, email, code.trim(), password);
        onDone();
      } catch (error) {
        const challenge = challengeOf(error);
        if (challenge === null) throw error;
        onChallenge(challenge);
      }
    });
  }

  return (
    <form ref={focusFirst} className="auth-form" onSubmit={submit} noValidate>
      <p className="hint" role="status">
        {say(purpose === "verify" ? "sentVerify" : "sent", { email })}
      </p>
      <CodeField label={say("code")} value={code} problem={problems.code} onChange={setCode} />
      {isReset && (
        <PasswordField
          label={say("newPassword")}
          isNew
          value={password}
          hint={`${say("passwordHint", { count: PASSWORD_MIN })} ${say("resetWarns")}`}
          problem={problems.password}
          onChange={setPassword}
        />
      )}
      <DemoMailbox email={email} onUse={setCode} />
      <FormEnd sending={sending} label={say(BUTTON[purpose])} />
      <button type="button" className="link" disabled={asking.working} onClick={onSendAnother}>
        {say("sendAnother")}
      </button>
      <p className="refusal" role="alert">
        {asking.refusal}
      </p>
    </form>
  );
}

async function spendCode(
  purpose: CodePurpose,
  email: string,
  code: string,
  password: string,
): Promise<void> {
  if (purpose === "login") return logInByCode(email, code);
  if (purpose === "reset") return resetPassword(email, code, password);
  await verifyEmail(email, code);
  await reloadUser();
}
