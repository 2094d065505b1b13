import { type FormEvent, useState } from "react";
import { beginTotp, confirmTotp, type Enrolment as Secret } from "../../api/credentials";
import { say } from "../../i18n/security";
import { reloadUser } from "../../state/session";
import { CodeField } from "../../ui/CodeField";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { focusFirst } from "../../ui/focus";
import { useSending } from "../../ui/sending";
import { grouped } from "./device";
import { ProofForm } from "./ProofForm";
import { RecoveryCodes } from "./RecoveryCodes";
import { refusalText } from "./refusals";

interface Props {
  email: string;
  onClose: () => void;
}

/** From the password to an app that shows codes, and the codes for the day it is gone. */
export function Enrolment({ email, onClose }: Props) {
  const [secret, setSecret] = useState<Secret | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <Dialog title={say("setUpTitle")} closeLabel={say("close")} onClose={onClose}>
      {secret === null && (
        <ProofForm
          button={say("goOn")}
          needsCode={false}
          onProof={async (password) => setSecret(await beginTotp(password))}
        />
      )}
      {secret !== null && codes === null && <Confirmation secret={secret} onCodes={setCodes} />}
      {codes !== null && <RecoveryCodes email={email} codes={codes} onKept={onClose} />}
    </Dialog>
  );
}

interface ConfirmationProps {
  secret: Secret;
  onCodes: (codes: readonly string[]) => void;
}

function Confirmation({ secret, onCodes }: ConfirmationProps) {
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const sending = useSending(refusalText);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (code.trim() === "") return;
    await sending.send(async () => {
      onCodes((await confirmTotp(code.trim())).recovery_codes);
      await reloadUser();
    });
  }

  return (
    <form ref={focusFirst} className="auth-form" onSubmit={submit} noValidate>
      <p>{say("secretHow")}</p>
      <p>
        <a className="link" href={secret.uri}>
          {say("secretLink")}
        </a>
      </p>
      <div className="field-head">
        <span>{say("secret")}</span>
        <CopyButton
          text={secret.secret}
          label={say("copy")}
          copiedLabel={say("copied")}
          name={say("secret")}
        />
      </div>
      <p className="secret num" data-testid="totp-secret">
        {grouped(secret.secret)}
      </p>
      <CodeField
        label={say("firstCode")}
        value={code}
        problem={tried && code.trim() === "" ? say("needed") : undefined}
        onChange={setCode}
      />
      <p className="refusal" role="alert">
        {sending.refusal}
      </p>
      <button type="submit" className="primary" disabled={sending.working}>
        {sending.working ? say("working") : say("turnOn")}
      </button>
    </form>
  );
}
