import { type FormEvent, useState } from "react";
import { type ApiKeyWithSecret, makeApiKey, type Permission } from "../../api/api-keys";
import { say } from "../../i18n/api-keys";
import { accountName, useActingAccount } from "../../state/acting-account";
import { useSession } from "../../state/session";
import { CodeField } from "../../ui/CodeField";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Segmented } from "../../ui/Segmented";
import { useSending } from "../../ui/sending";
import { bodyOf, DAYS, EMPTY_DRAFT, type KeyDraft, PERMISSIONS, problemsOf } from "./key-draft";
import { refusalText } from "./refusals";

interface Props {
  onClose: () => void;
  onMade: (made: ApiKeyWithSecret) => void;
}

/** What a new key may do, from where and how long, and what it signs with. */
export function NewKeyDialog({ onClose, onMade }: Props) {
  const [draft, setDraft] = useState<KeyDraft>(EMPTY_DRAFT);
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const needsCode = useSession((session) => session.user?.second_factor === true);
  const sending = useSending(refusalText);
  const problems = tried ? problemsOf(draft) : {};
  const change = (part: Partial<KeyDraft>) => setDraft({ ...draft, ...part });

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problemsOf(draft)).length > 0 || (needsCode && code.trim() === "")) return;
    await sending.send(async () => onMade(await makeApiKey(bodyOf(draft, Date.now()), code)));
  }

  return (
    <Dialog title={say("newTitle")} closeLabel={say("close")} onClose={onClose}>
      <form className="key-form" onSubmit={submit} noValidate>
        <ForAccount />
        <Field label={say("label")} hint={say("labelHint")} problem={problems.label}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              maxLength={64}
              autoComplete="off"
              value={draft.label}
              onChange={(event) => change({ label: event.target.value })}
            />
          )}
        </Field>
        <Permissions
          chosen={draft.permissions}
          problem={problems.permissions}
          onChange={(permissions) => change({ permissions })}
        />
        <Field label={say("networksLabel")} hint={say("networksHint")} problem={problems.networks}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              autoComplete="off"
              spellCheck={false}
              value={draft.networks}
              onChange={(event) => change({ networks: event.target.value })}
            />
          )}
        </Field>
        <Field label={say("expiry")}>
          {(attributes) => (
            <select
              {...attributes}
              value={draft.days}
              onChange={(event) => change({ days: Number(event.target.value) })}
            >
              {DAYS.map((count) => (
                <option key={count} value={count}>
                  {count === 0 ? say("never") : say("days", { count })}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Signing
          publicKey={draft.publicKey}
          problem={problems.publicKey}
          onChange={(publicKey) => change({ publicKey })}
        />
        {needsCode && (
          <CodeField
            label={say("code")}
            value={code}
            problem={tried && code.trim() === "" ? say("needed") : undefined}
            onChange={setCode}
          />
        )}
        <p className="refusal" role="alert">
          {sending.refusal}
        </p>
        <button type="submit" className="primary" disabled={sending.working}>
          {say(sending.working ? "working" : "make")}
        </button>
      </form>
    </Dialog>
  );
}

function ForAccount() {
  const { accountId, accounts } = useActingAccount();
  const mainId = useSession((session) => session.user?.account_id ?? 0);
  const number = accountId ?? mainId;
  return <p>{say("forAccount", { name: accountName(accounts, number), number })}</p>;
}

interface PermissionsProps {
  chosen: readonly Permission[];
  problem: string | undefined;
  onChange: (permissions: readonly Permission[]) => void;
}

function Permissions({ chosen, problem, onChange }: PermissionsProps) {
  return (
    <fieldset className="key-permissions">
      <legend className="field-head">{say("permissions")}</legend>
      {PERMISSIONS.map((permission) => (
        <label key={permission} className="check">
          <input
            type="checkbox"
            checked={chosen.includes(permission)}
            onChange={(event) =>
              onChange(
                event.target.checked
                  ? [...chosen, permission]
                  : chosen.filter((one) => one !== permission),
              )
            }
          />
          {say(permission)}
          <span className="hint">{say(`${permission}Hint`)}</span>
        </label>
      ))}
      {problem !== undefined && <p className="problem">{problem}</p>}
    </fieldset>
  );
}

interface SigningProps {
  publicKey: string | null;
  problem: string | undefined;
  onChange: (publicKey: string | null) => void;
}

function Signing({ publicKey, problem, onChange }: SigningProps) {
  return (
    <>
      <p className="field-head">{say("signing")}</p>
      <Segmented<"secret" | "pair">
        label={say("signing")}
        value={publicKey === null ? "secret" : "pair"}
        onChange={(kind) => onChange(kind === "pair" ? "" : null)}
        options={[
          { value: "secret", label: say("secretKind") },
          { value: "pair", label: say("publicKind") },
        ]}
      />
      {publicKey !== null && (
        <Field label={say("publicKey")} hint={say("publicKeyHint")} problem={problem}>
          {(attributes) => (
            <textarea
              {...attributes}
              className="key-area"
              rows={4}
              maxLength={1024}
              spellCheck={false}
              value={publicKey}
              onChange={(event) => onChange(event.target.value)}
            />
          )}
        </Field>
      )}
    </>
  );
}
