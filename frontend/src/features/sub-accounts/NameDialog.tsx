import { type FormEvent, useState } from "react";
import { openAccount, renameAccount, type SubAccount } from "../../api/accounts";
import { say } from "../../i18n/sub-accounts";
import { loadAccounts } from "../../state/acting-account";
import { showToast } from "../../state/toasts";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { useSending } from "../../ui/sending";
import { refusalText } from "./refusals";

interface Props {
  /** Null: a new one is opened. */
  account: SubAccount | null;
  onClose: () => void;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9 _-]{0,31}$/;

/** The name of a new account, or another name for one. */
export function NameDialog({ account, onClose }: Props) {
  const [name, setName] = useState(account?.name ?? "");
  const [tried, setTried] = useState(false);
  const sending = useSending(refusalText);
  const title = account === null ? say("newTitle") : say("renameOf", { name: account.name });

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    const wanted = name.trim();
    if (!NAME.test(wanted)) return;
    const done = await sending.send(async () => {
      if (account === null) await openAccount(wanted);
      else await renameAccount(account.account_id, wanted);
    });
    if (!done) return;
    showToast("plain", say(account === null ? "opened" : "renamed", { name: wanted }));
    await loadAccounts();
    onClose();
  }

  return (
    <Dialog title={title} closeLabel={say("close")} onClose={onClose}>
      <form className="auth-form" onSubmit={submit} noValidate>
        <Field
          label={say("name")}
          hint={say("nameHint")}
          problem={tried && !NAME.test(name.trim()) ? say("badName") : undefined}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              maxLength={32}
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <p className="refusal" role="alert">
          {sending.refusal}
        </p>
        <button type="submit" className="primary" disabled={sending.working}>
          {sending.working ? say("working") : say(account === null ? "make" : "save")}
        </button>
      </form>
    </Dialog>
  );
}
