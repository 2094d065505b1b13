import { type FormEvent, useState } from "react";
import { changePassword } from "../../api/credentials";
import { say } from "../../i18n/security";
import { reloadUser, useSession } from "../../state/session";
import { showToast } from "../../state/toasts";
import { CodeField } from "../../ui/CodeField";
import { PasswordField } from "../../ui/PasswordField";
import { useSending } from "../../ui/sending";
import { refusalText } from "./refusals";

const PASSWORD_MIN = 8;
const EMPTY = { old: "", new: "", code: "" };

/** Another password, with the one until now and, where there is one, the second factor. */
export function ChangePassword() {
  const needsCode = useSession((session) => session.user?.second_factor === true);
  const [entry, setEntry] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const sending = useSending(refusalText);
  const isShort = entry.new.length < PASSWORD_MIN;
  const missing = (text: string) => (tried && text === "" ? say("needed") : undefined);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (entry.old === "" || isShort || (needsCode && entry.code === "")) return;
    const done = await sending.send(() => changePassword(entry.old, entry.new, entry.code));
    if (!done) return;
    setEntry(EMPTY);
    setTried(false);
    showToast("plain", say("passwordChanged"));
    await reloadUser();
  }

  return (
    <section>
      <h3>{say("passwordTitle")}</h3>
      <form className="narrow-form" onSubmit={submit} noValidate>
        <PasswordField
          label={say("oldPassword")}
          value={entry.old}
          problem={missing(entry.old)}
          onChange={(old) => setEntry({ ...entry, old })}
        />
        <PasswordField
          label={say("newPassword")}
          isNew
          value={entry.new}
          hint={say("passwordHint", { count: PASSWORD_MIN })}
          problem={tried && isShort ? say("shortPassword", { count: PASSWORD_MIN }) : undefined}
          onChange={(text) => setEntry({ ...entry, new: text })}
        />
        {needsCode && (
          <CodeField
            label={say("code")}
            value={entry.code}
            problem={missing(entry.code)}
            onChange={(code) => setEntry({ ...entry, code })}
          />
        )}
        <p className="refusal" role="alert">
          {sending.refusal}
        </p>
        <button type="submit" className="quiet" disabled={sending.working}>
          {sending.working ? say("working") : say("changePassword")}
        </button>
      </form>
    </section>
  );
}
