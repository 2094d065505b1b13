import { type FormEvent, useState } from "react";
import { say } from "../../i18n/auth";
import { logIn, signUp } from "../../state/session";
import { focusFirst } from "../../ui/focus";
import { PasswordField } from "../../ui/PasswordField";
import { useSending } from "../../ui/sending";
import {
  challengeOf,
  type EntryProblems,
  PASSWORD_MIN,
  problemsOf,
  refusalText,
  wantsVerifiedEmail,
} from "./auth-terms";
import { EmailField } from "./EmailField";
import { FormEnd } from "./FormEnd";

interface Props {
  isNew: boolean;
  onDone: (email: string) => void;
  onChallenge: (challenge: string, email: string) => void;
  /** The exchange lets in verified addresses only, and this is none. */
  onUnverified: (email: string) => void;
}

/** E-mail and password: a login, or a sign-up that logs in at once. */
export function PasswordForm({ isNew, onDone, onChallenge, onUnverified }: Props) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [problems, setProblems] = useState<EntryProblems>({});
  const sending = useSending(refusalText);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found = problemsOf({ email, password }, isNew);
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    const credentials = { email: email.trim(), password };
    await sending.send(async () => {
      try {
        await (isNew ? signUp : logIn)(credentials);
        onDone(credentials.email);
      } catch (error) {
        const challenge = challengeOf(error);
        if (challenge !== null) onChallenge(challenge, credentials.email);
        else if (wantsVerifiedEmail(error)) onUnverified(credentials.email);
        else throw error;
      }
    });
  }

  return (
    <form ref={focusFirst} className="auth-form" onSubmit={submit} noValidate>
      <EmailField value={email} problem={problems.email} onChange={setEmail} />
      <PasswordField
        label={say("password")}
        isNew={isNew}
        value={password}
        hint={isNew ? say("passwordHint", { count: PASSWORD_MIN }) : undefined}
        problem={problems.password}
        onChange={setPassword}
      />
      <FormEnd sending={sending} label={say(isNew ? "signUp" : "logIn")} />
    </form>
  );
}
