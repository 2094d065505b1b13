import { type FormEvent, useEffect, useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { t } from "../../i18n/translate";
import { useInstrument } from "../../state/market";
import type { Problem } from "../../state/order-fields";
import { submitList, submitOrder } from "../../state/place-order";
import { useSession } from "../../state/session";
import { useTicketIntent } from "../../state/ticket-intent";
import { confirmedToSend } from "./confirmations";
import { type Draft, hasPrice, trails } from "./draft";
import { changeDraft, useDraft } from "./drafts";
import { AmountField } from "./fields";
import { judge, type TicketRequest, type Verdict } from "./judge";
import { KindFields } from "./KindFields";
import { MoreOptions } from "./MoreOptions";
import { OrderSummary } from "./OrderSummary";
import type { FieldName } from "./read-terms";
import { ShareOfBalance } from "./ShareOfBalance";
import { kindChange, SideAndKind } from "./SideAndKind";
import { TermsRow } from "./TermsRow";
import { useWorld } from "./use-world";

/** Every order the exchange takes, exact to the last digit; what it comes to is shown before it is sent. */
export function OrderTicket({ onLogIn }: { onLogIn: () => void }) {
  const spec = useInstrument();
  if (spec === null) return <div className="empty">{t("markets.loading")}</div>;
  return <Ticket key={spec.symbol} spec={spec} onLogIn={onLogIn} />;
}

function Ticket({ spec, onLogIn }: { spec: InstrumentSpec; onLogIn: () => void }) {
  const draft = useDraft(spec.symbol);
  const form = useRef<HTMLFormElement>(null);
  const signedIn = useSession((session) => session.status === "signed-in");
  const world = useWorld(spec, draft);
  const verdict = judge(draft, world);
  const sending = useSending(verdict, () => confirmedToSend(verdict, draft, spec));
  const { attempted } = sending;
  const change = (part: Partial<Draft>) => {
    // What one kind of order lacks is not missing from the next one.
    sending.edited(part.kind !== undefined);
    changeDraft(spec.symbol, part);
  };
  useIntent(draft, change, form);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!signedIn) return onLogIn();
    if (await sending.send()) changeDraft(spec.symbol, { amount: "", displayQty: "" });
  }

  const { problems, preview } = verdict;
  const problemOf = (field: FieldName) => shown(problems[field], attempted, draft, field, spec);
  return (
    <form className={`ticket ticket-${draft.side}`} onSubmit={submit} ref={form} noValidate>
      <SideAndKind draft={draft} onChange={change} />
      <KindFields draft={draft} world={world} problemOf={problemOf} onChange={change} />
      <AmountField draft={draft} world={world} problem={problemOf("amount")} onChange={change} />
      <ShareOfBalance draft={draft} world={world} onChange={change} />
      <TermsRow draft={draft} expiryProblem={problemOf("expiresAt")} onChange={change} />
      <MoreOptions draft={draft} world={world} problem={problemOf("display")} onChange={change} />
      <OrderSummary draft={draft} spec={spec} preview={preview} />
      <div className="ticket-end">
        <p className="refusal" role="alert">
          {sending.refusal ?? (problems.order === undefined ? "" : text(problems.order, spec))}
        </p>
        <button type="submit" className="submit" disabled={sending.underWay}>
          {submitText(signedIn, sending.underWay, draft, spec)}
        </button>
      </div>
    </form>
  );
}

interface Sending {
  /** The user tried to send what is in the ticket. */
  attempted: boolean;
  underWay: boolean;
  /** Why the exchange took no order, in words. */
  refusal: string | null;
  edited: (startsOver: boolean) => void;
  /** True once the order is out of the ticket's hands. */
  send: () => Promise<boolean>;
}

function useSending({ request }: Verdict, mayBeSent: () => Promise<boolean>): Sending {
  const [attempted, setAttempted] = useState(false);
  const [underWay, setUnderWay] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  return {
    attempted,
    underWay,
    refusal,
    edited: (startsOver) => {
      setRefusal(null);
      if (startsOver) setAttempted(false);
    },
    send: async () => {
      setAttempted(true);
      setRefusal(null);
      if (request === null || underWay || !(await mayBeSent())) return false;
      setUnderWay(true);
      const refused = await submitted(request);
      setUnderWay(false);
      setRefusal(refused);
      if (refused === null) setAttempted(false);
      return refused === null;
    },
  };
}

function submitted(request: TicketRequest): Promise<string | null> {
  return request.what === "list" ? submitList(request.list) : submitOrder(request.order);
}

/** Outlives the ticket, so that an old wish is not carried out again when the ticket comes back. */
let lastIntentDone = 0;

/** Carries out what was wished elsewhere: a price clicked in the book, a key pressed. */
function useIntent(
  draft: Draft,
  change: (part: Partial<Draft>) => void,
  form: React.RefObject<HTMLFormElement | null>,
): void {
  const intent = useTicketIntent();
  const focusDue = useRef(false);
  useEffect(() => {
    if (focusDue.current) {
      focusDue.current = false;
      focusFirstEmpty(form.current);
    }
    if (intent.number === lastIntentDone) return;
    lastIntentDone = intent.number;
    if (intent.price !== undefined) change(priceChange(draft, intent.price));
    if (intent.side !== undefined) change({ side: intent.side });
    if (intent.kind !== undefined) change(kindChange(draft, intent.kind));
    if (intent.focus === true) focusFirstEmpty(form.current);
    // Another kind of order has other fields, from the next rendering on.
    focusDue.current = intent.focus === true && intent.kind !== undefined;
  });
}

/** A price goes where the order has one: its limit, else its trigger; a market order becomes a limit order. */
function priceChange(draft: Draft, price: string): Partial<Draft> {
  if (draft.kind === "market" || trails(draft)) return { kind: "limit", price };
  return hasPrice(draft) ? { price } : { triggerPrice: price };
}

function focusFirstEmpty(form: HTMLFormElement | null): void {
  const inputs = [...(form?.querySelectorAll<HTMLInputElement>("input.decimal") ?? [])];
  (inputs.find((input) => input.value === "") ?? inputs[0])?.focus();
}

const TEXT_OF = {
  price: "price",
  amount: "amount",
  trigger: "triggerPrice",
  trailing: "trailingPercent",
  stopLimit: "stopLimitPrice",
  display: "displayQty",
  expiresAt: "expiresAt",
} as const satisfies Record<FieldName, keyof Draft>;

/** A field's problem is shown once the user tried to send, or typed something that cannot stand. */
function shown(
  problem: Problem | undefined,
  attempted: boolean,
  draft: Draft,
  field: FieldName,
  spec: InstrumentSpec,
): string | undefined {
  const isEarly = draft[TEXT_OF[field]] === "" || problem?.key === "problem.zero";
  return problem === undefined || (!attempted && isEarly) ? undefined : text(problem, spec);
}

function text(problem: Problem, spec: InstrumentSpec): string {
  return t(problem.key, { status: t(`trading.${spec.status}`), ...problem.values });
}

function submitText(signedIn: boolean, underWay: boolean, draft: Draft, spec: InstrumentSpec) {
  if (!signedIn) return t("ticket.logIn");
  if (underWay) return t("ticket.sending");
  const isBuy = draft.side === "buy";
  if (draft.kind === "oco") {
    return t(isBuy ? "ticket.submitPairBuy" : "ticket.submitPairSell", { asset: spec.base });
  }
  return t(isBuy ? "ticket.submitBuy" : "ticket.submitSell", { asset: spec.base });
}
