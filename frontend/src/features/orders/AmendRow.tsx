import { type FormEvent, useEffect, useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Order } from "../../api/types";
import { t } from "../../i18n/translate";
import type { Problem } from "../../state/order-fields";
import { orderText } from "../../state/order-text";
import { amendOne } from "../../state/orders";
import { DecimalInput } from "../../ui/DecimalInput";
import { Field } from "../../ui/Field";
import {
  type AmendDraft,
  type AmendVerdict,
  judgeAmendment,
  type Place,
  TERMS,
  type Term,
  termsOf,
  unitsOf,
} from "./amend-rules";

interface Props {
  order: Order;
  spec: InstrumentSpec;
  onClose: () => void;
}

const LABEL = {
  price: "column.price",
  trigger: "ticket.trigger",
  qty: "column.qty",
  display: "ticket.display",
} as const;

const PLACE = {
  keeps: "orders.keepsPlace",
  loses: "orders.losesPlace",
  waits: "orders.waitsAnew",
} as const satisfies Record<Place, string>;

/** New terms for one open order, under its row. Enter sends them, Escape leaves all as it is. */
export function AmendRow({ order, spec, onClose }: Props) {
  const [draft, setDraft] = useState<AmendDraft>(() => termsOf(order, spec));
  const [refusal, setRefusal] = useState<string | null>(null);
  const [attempted, setAttempted] = useState(false);
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.select(), []);
  const verdict = judgeAmendment(draft, order, spec);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setAttempted(true);
    if (verdict.change === null || sending) return;
    setSending(true);
    const refused = await amendOne(order, verdict.change);
    setSending(false);
    setRefusal(refused);
    if (refused === null) onClose();
  }

  return (
    <form
      className="amend"
      aria-label={t("orders.amendOrder", { order: orderText(order, spec) })}
      onSubmit={submit}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
      ref={form}
      noValidate
    >
      {TERMS.map((term) => (
        <TermField
          key={term}
          term={term}
          text={draft[term]}
          spec={spec}
          problem={verdict.problems[term]}
          onChange={(text) => {
            setDraft({ ...draft, [term]: text });
            setRefusal(null);
          }}
        />
      ))}
      <span className="amend-buttons">
        <button type="submit" className="primary" disabled={sending}>
          {t(sending ? "orders.amendSaving" : "orders.amendSave")}
        </button>
        <button type="button" className="quiet" onClick={onClose}>
          {t("orders.amendDiscard")}
        </button>
      </span>
      <p className={refusal === null ? "hint" : "refusal"} role="status">
        {refusal ?? noteText(verdict, attempted)}
      </p>
    </form>
  );
}

function noteText({ problems, place }: AmendVerdict, attempted: boolean): string {
  if (place !== null) return t(PLACE[place]);
  return attempted && problems.order !== undefined ? t(problems.order.key) : "";
}

interface TermFieldProps {
  term: Term;
  /** Undefined: this order has no such term. */
  text: string | undefined;
  spec: InstrumentSpec;
  problem: Problem | undefined;
  onChange: (text: string) => void;
}

function TermField({ term, text, spec, problem, onChange }: TermFieldProps) {
  if (text === undefined) return null;
  const [scale, step] = unitsOf(term, spec);
  return (
    <Field label={t(LABEL[term])} problem={problem && t(problem.key, problem.values)}>
      {(attributes) => (
        <DecimalInput
          attributes={attributes}
          name={`amend-${term}`}
          unit={term === "price" || term === "trigger" ? spec.quote : spec.base}
          value={text}
          scale={scale}
          step={step}
          onChange={onChange}
        />
      )}
    </Field>
  );
}
