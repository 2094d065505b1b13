import { type FormEvent, useState } from "react";
import { type MessageKey, t } from "../../i18n/translate";
import { errorText } from "../../state/errors";
import { logIn, signUp } from "../../state/session";
import { showToast } from "../../state/toasts";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";

export type AuthMode = "log-in" | "sign-up";

const PASSWORD_MIN = 8;

interface Props {
  mode: AuthMode;
  onMode: (mode: AuthMode) => void;
  onClose: () => void;
}

/** Sign-up and login over the trade screen: the market stays in view. */
export default function AuthDialog({ mode, onMode, onClose }: Props) {
  const isNew = mode === "sign-up";
  return (
    <Dialog
      title={t(isNew ? "auth.signUp" : "auth.logIn")}
      closeLabel={t("auth.close")}
      onClose={onClose}
    >
      <AuthForm key={mode} isNew={isNew} onDone={onClose} />
      <p className="auth-other">
        {t(isNew ? "auth.haveAccount" : "auth.needAccount")}{" "}
        <button type="button" className="link" onClick={() => onMode(isNew ? "log-in" : "sign-up")}>
          {t(isNew ? "auth.logIn" : "auth.signUp")}
        </button>
      </p>
    </Dialog>
  );
}

function AuthForm({ isNew, onDone }: { isNew: boolean; onDone: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [working, setWorking] = useState(false);
  const [problems, setProblems] = useState<Problems>({});
  const [refusal, setRefusal] = useState<string | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const found = problemsOf(email, password, isNew);
    setProblems(found);
    setRefusal(null);
    if (found.email !== undefined || found.password !== undefined) return;
    setWorking(true);
    try {
      await (isNew ? signUp : logIn)({ email: email.trim(), password });
      showToast("plain", t("notice.loggedIn", { email: email.trim() }));
      onDone();
    } catch (error) {
      setRefusal(errorText(error));
      setWorking(false);
    }
  }

  return (
    <form className="auth-form" onSubmit={submit} noValidate>
      <Field label={t("auth.email")} problem={textOf(problems.email)}>
        {(attributes) => (
          <input
            {...attributes}
            type="email"
            name="email"
            autoComplete="username"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <PasswordField
        isNew={isNew}
        value={password}
        problem={textOf(problems.password)}
        onChange={setPassword}
      />
      <p className="refusal" role="alert">
        {refusal}
      </p>
      <button type="submit" className="primary" disabled={working}>
        {working ? t("auth.working") : t(isNew ? "auth.signUp" : "auth.logIn")}
      </button>
    </form>
  );
}

interface PasswordProps {
  isNew: boolean;
  value: string;
  problem: string | undefined;
  onChange: (password: string) => void;
}

function PasswordField({ isNew, value, problem, onChange }: PasswordProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      label={t("auth.password")}
      hint={isNew ? t("auth.passwordHint", { count: PASSWORD_MIN }) : undefined}
      problem={problem}
      aside={
        <button
          type="button"
          className="link"
          aria-pressed={shown}
          aria-label={t("auth.showPassword")}
          onClick={() => setShown(!shown)}
        >
          {t(shown ? "auth.hide" : "auth.show")}
        </button>
      }
    >
      {(attributes) => (
        <input
          {...attributes}
          type={shown ? "text" : "password"}
          name="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

interface Problems {
  email?: MessageKey;
  password?: MessageKey;
}

function problemsOf(email: string, password: string, isNew: boolean): Problems {
  const problems: Problems = {};
  if (!/^\S+@\S+$/.test(email.trim())) problems.email = "auth.badEmail";
  if (password === "") problems.password = "problem.required";
  else if (isNew && password.length < PASSWORD_MIN) problems.password = "auth.shortPassword";
  return problems;
}

function textOf(key: MessageKey | undefined): string | undefined {
  return key === undefined ? undefined : t(key, { count: PASSWORD_MIN });
}
