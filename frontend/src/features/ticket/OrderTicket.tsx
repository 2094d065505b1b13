import { type FormEvent, useEffect, useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { t } from "../../i18n/translate";
import { useInstrument } from "../../state/market";
import { submitOrder } from "../../state/place-order";
import { useSession } from "../../state/session";
import { useTicketIntent } from "../../state/ticket-intent";
import { Segmented } from "../../ui/Segmented";
import { changeDraft, useDraft } from "./drafts";
import { AmountField, PriceField } from "./fields";
import { OrderSummary } from "./OrderSummary";
import { ShareOfBalance } from "./ShareOfBalance";
import { TimeInForceRow } from "./TimeInForceRow";
import { type Draft, judge, type Problem } from "./ticket-rules";
import { useWorld } from "./use-world";

/** Limit and market orders, exact to the last digit; total and fee are shown before anything is sent. */
export function OrderTicket({ onLogIn }: { onLogIn: () => void }) {
  const spec = useInstrument();
  if (spec === null) return <div className="empty">{t("markets.loading")}</div>;
  return <Ticket key={spec.symbol} spec={spec} onLogIn={onLogIn} />;
}

function Ticket({ spec, onLogIn }: { spec: InstrumentSpec; onLogIn: () => void }) {
  const draft = useDraft(spec.symbol);
  const [attempted, setAttempted] = useState(false);
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const signedIn = useSession((session) => session.status === "signed-in");
  const world = useWorld(spec, draft);
  const verdict = judge(draft, world);
  const change = (part: Partial<Draft>) => {
    changeDraft(spec.symbol, part);
    setRefusal(null);
  };
  useIntent(change, form);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!signedIn) return onLogIn();
    setAttempted(true);
    setRefusal(null);
    if (verdict.order === null || sending) return;
    setSending(true);
    const refused = await submitOrder(verdict.order);
    setSending(false);
    setRefusal(refused);
    if (refused !== null) return;
    setAttempted(false);
    changeDraft(spec.symbol, { amount: "" });
  }

  const { problems, estimate } = verdict;
  return (
    <form className={`ticket ticket-${draft.side}`} onSubmit={submit} ref={form} noValidate>
      <SideAndType draft={draft} onChange={change} />
      {draft.type === "limit" && (
        <PriceField
          draft={draft}
          world={world}
          problem={shown(problems.price, attempted, draft.price, spec)}
          onChange={change}
        />
      )}
      <AmountField
        draft={draft}
        world={world}
        problem={shown(problems.amount, attempted, draft.amount, spec)}
        onChange={change}
      />
      <ShareOfBalance draft={draft} world={world} onChange={change} />
      {draft.type === "limit" && <TimeInForceRow draft={draft} onChange={change} />}
      <OrderSummary draft={draft} spec={spec} estimate={estimate} quote={world.quote} />
      <p className="refusal" role="alert">
        {refusal ?? (problems.order === undefined ? "" : problemText(problems.order, spec))}
      </p>
      <button type="submit" className="submit" disabled={sending}>
        {submitText(signedIn, sending, draft, spec)}
      </button>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}

function SideAndType({ draft, onChange }: PartProps) {
  return (
    <>
      <Segmented
        label={t("ticket.side")}
        className="sides"
        options={[
          { value: "buy", label: t("side.buy") },
          { value: "sell", label: t("side.sell") },
        ]}
        value={draft.side}
        onChange={(side) => onChange({ side, amount: draft.byBudget ? "" : draft.amount })}
      />
      <Segmented
        label={t("ticket.type")}
        className="flat"
        options={[
          { value: "limit", label: t("type.limit") },
          { value: "market", label: t("type.market") },
        ]}
        value={draft.type}
        onChange={(type) => onChange({ type, amount: draft.byBudget ? "" : draft.amount })}
      />
    </>
  );
}

/** Outlives the ticket, so that an old wish is not carried out again when the ticket comes back. */
let lastIntentDone = 0;

/** Carries out what was wished elsewhere: a price clicked in the book, a key pressed. */
function useIntent(
  change: (part: Partial<Draft>) => void,
  form: React.RefObject<HTMLFormElement | null>,
): void {
  const intent = useTicketIntent();
  useEffect(() => {
    if (intent.number === lastIntentDone) return;
    lastIntentDone = intent.number;
    if (intent.price !== undefined) change({ price: intent.price, type: "limit" });
    if (intent.side !== undefined) change({ side: intent.side });
    if (intent.focus === true) {
      const inputs = [...(form.current?.querySelectorAll<HTMLInputElement>("input.decimal") ?? [])];
      (inputs.find((input) => input.value === "") ?? inputs[0])?.focus();
    }
  });
}

/** A field's problem is shown once the user tried to send, or typed something that cannot stand. */
function shown(
  problem: Problem | undefined,
  attempted: boolean,
  text: string,
  spec: InstrumentSpec,
): string | undefined {
  if (problem === undefined || (!attempted && (text === "" || problem.key === "problem.zero"))) {
    return undefined;
  }
  return problemText(problem, spec);
}

function problemText(problem: Problem, spec: InstrumentSpec): string {
  return t(problem.key, { status: t(`trading.${spec.status}`), ...problem.values });
}

function submitText(signedIn: boolean, sending: boolean, draft: Draft, spec: InstrumentSpec) {
  if (!signedIn) return t("ticket.logIn");
  if (sending) return t("ticket.sending");
  return t(draft.side === "buy" ? "ticket.submitBuy" : "ticket.submitSell", { asset: spec.base });
}
