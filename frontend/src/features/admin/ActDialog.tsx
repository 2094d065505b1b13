import { type FormEvent, useState } from "react";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { Dialog } from "../../ui/Dialog";
import { Field, type FieldAttributes } from "../../ui/Field";
import {
  type ActField,
  type ActPlan,
  changedFields,
  initialTexts,
  isReady,
  problemsOf,
  type Texts,
} from "./act";
import { carryOutAct, closeAct, type Refused, useActing } from "./acting";

/** The dialog of the act that is about to be done, if one is. */
export function ActDialog() {
  const plan = useActing((acting) => acting.plan);
  if (plan === null) return null;
  return (
    <Dialog title={plan.title} closeLabel={t("settings.close")} onClose={closeAct}>
      <ActForm plan={plan} />
    </Dialog>
  );
}

function ActForm({ plan }: { plan: ActPlan }) {
  const [texts, setTexts] = useState(() => initialTexts(plan));
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [code, setCode] = useState("");
  const [refused, setRefused] = useState<Refused | null>(null);
  const [needsCode, setNeedsCode] = useState(false);
  const [sending, setSending] = useState(false);
  const problems = problemsOf(plan, texts);
  const named = refused !== null && plan.fields.some(({ name }) => name === refused.field);
  const ready = isReady(plan, texts, reason, typed) && (!needsCode || code.trim() !== "");

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!ready || sending) return;
    setSending(true);
    const why = await carryOutAct(plan, texts, reason, code.trim());
    setSending(false);
    if (why === null) return closeAct();
    setRefused(why);
    if (why.needsCode) setNeedsCode(true);
    // A code is good once.
    setCode("");
  }

  return (
    <form className="act-form" onSubmit={submit} noValidate>
      {plan.fields.length > 0 && (
        <div className="act-fields">
          {plan.fields.map((field) => (
            <PlanField
              key={field.name}
              field={field}
              text={texts[field.name] ?? ""}
              problem={
                problems[field.name] ??
                (named && refused.field === field.name ? refused.text : undefined)
              }
              onChange={(text) => {
                setTexts({ ...texts, [field.name]: text });
                setRefused(null);
              }}
            />
          ))}
        </div>
      )}
      {plan.reason !== "none" && (
        <Field label={say(plan.reason === "needed" ? "reasonNeeded" : "reason")}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              name="reason"
              maxLength={200}
              autoComplete="off"
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      )}
      <div className={plan.isGrave ? "act-words act-grave" : "act-words"}>
        <p>{plan.words(texts)}</p>
        {plan.isChange && <Changes plan={plan} texts={texts} />}
      </div>
      {plan.typed !== undefined && (
        <Field label={say("typeToConfirm", { word: plan.typed })}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              name="typed"
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          )}
        </Field>
      )}
      {needsCode && <CodeField code={code} onChange={setCode} />}
      <p className="refusal" role="alert">
        {refused !== null && !named ? refused.text : ""}
      </p>
      <div className="act-buttons">
        <button
          type="submit"
          className={plan.isGrave ? "primary grave" : "primary"}
          disabled={!ready || sending}
        >
          {sending ? say("sending") : plan.confirm}
        </button>
        <button type="button" className="quiet" onClick={closeAct}>
          {say("leave")}
        </button>
      </div>
    </form>
  );
}

function Changes({ plan, texts }: { plan: ActPlan; texts: Texts }) {
  const changed = changedFields(plan, texts);
  if (changed.length === 0) return <p className="hint">{say("nothingChanged")}</p>;
  return (
    <ul className="act-changes">
      {changed.map(({ name, label, initial, unit = "" }) => (
        <li key={name}>
          {label}: <span className="num">{initial === "" ? say("none") : initial}</span> →{" "}
          <span className="num">{texts[name]?.trim() || say("none")}</span> {unit}
        </li>
      ))}
    </ul>
  );
}

interface FieldProps {
  field: ActField;
  text: string;
  problem: string | undefined;
  onChange: (text: string) => void;
}

function PlanField({ field, text, problem, onChange }: FieldProps) {
  const { label, unit, optional, initial } = field;
  const aside = unit ?? (optional && initial === "" ? say("optional") : undefined);
  return (
    <Field
      label={label}
      aside={aside === undefined ? undefined : <span>{aside}</span>}
      hint={field.hint?.(text)}
      problem={problem}
    >
      {(attributes) => (
        <PlanInput attributes={attributes} field={field} text={text} onChange={onChange} />
      )}
    </Field>
  );
}

interface InputProps extends Omit<FieldProps, "problem"> {
  attributes: FieldAttributes;
}

function PlanInput({ attributes, field, text, onChange }: InputProps) {
  const { name, kind, options = [] } = field;
  if (kind === "choice") {
    return (
      <select
        {...attributes}
        name={name}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  const isNumber = kind === "decimal" || kind === "whole";
  return (
    <input
      {...attributes}
      className={isNumber ? "num" : undefined}
      type={kind === "time" ? "datetime-local" : "text"}
      step={kind === "time" ? 1 : undefined}
      inputMode={kind === "whole" ? "numeric" : kind === "decimal" ? "decimal" : undefined}
      name={name}
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function CodeField({ code, onChange }: { code: string; onChange: (code: string) => void }) {
  return (
    <Field label={say("code")} hint={say("codeHint")}>
      {(attributes) => (
        <input
          {...attributes}
          type="text"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
