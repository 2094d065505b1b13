import { trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";
import type { OrderDraft } from "../../state/order-again";
import type { Problem } from "../../state/order-fields";
import type { ListDraft } from "../../state/place-order";
import type { Draft } from "./draft";
import { rests } from "./draft";
import { crosses, leastValue, type Preview, previewOf } from "./preview";
import { type FieldProblems, isTerms, readTerms, type Terms } from "./read-terms";
import { listOf, orderOf } from "./requests";
import type { World } from "./world";

export type TicketRequest =
  | { what: "order"; order: OrderDraft }
  | { what: "list"; list: ListDraft };

export interface Verdict {
  problems: FieldProblems & { order?: Problem };
  preview: Preview | null;
  /** Ready to send; null while there is a problem. */
  request: TicketRequest | null;
}

/** What is wrong with a draft, what it comes to, and what is to be sent. */
export function judge(draft: Draft, world: World): Verdict {
  const closed = notOpen(draft, world);
  const terms = readTerms(draft, world);
  if (!isTerms(terms)) {
    const problems = closed === null ? terms : { ...terms, order: closed };
    return { problems, preview: null, request: null };
  }
  const preview = previewOf(terms, world);
  const order = closed ?? refusal(terms, preview, world);
  if (order !== null) return { problems: { order }, preview, request: null };
  const request: TicketRequest =
    draft.kind === "oco"
      ? { what: "list", list: listOf(terms, world.spec) }
      : { what: "order", order: orderOf(terms, world.spec) };
  return { problems: {}, preview, request };
}

/** Why the exchange takes no such order now. The message's {status} is filled in by the view. */
function notOpen(draft: Draft, { spec, venueStatus }: World): Problem | null {
  if (venueStatus === "halted") return { key: "error.VENUE_HALTED" };
  if (spec.status === "trading") return null;
  if (spec.status !== "auction") return { key: "problem.status" };
  return canWait(draft) ? null : { key: "error.NOT_IN_AUCTION" };
}

/** Whether it may come while nobody meets anyone. */
function canWait(draft: Draft): boolean {
  if (draft.kind === "limit") return rests(draft.timeInForce) && !draft.postOnly;
  return draft.kind !== "market" && draft.kind !== "oco";
}

/** The first reason the exchange would give. */
function refusal(terms: Terms, preview: Preview, world: World): Problem | null {
  const { kind, side, postOnly } = terms.draft;
  if (kind === "market") {
    return (
      noOtherSide(terms, world) ??
      tooSmall(terms, preview, world) ??
      beyondFunds(terms, preview, world)
    );
  }
  const mustRest = postOnly || kind === "oco";
  return (
    tooSmall(terms, preview, world) ??
    (mustRest && crosses(side, terms.price!, world) ? { key: "problem.crosses" } : null) ??
    beyondFunds(terms, preview, world)
  );
}

function noOtherSide({ draft }: Terms, { bestBid, bestAsk }: World): Problem | null {
  const best = draft.side === "buy" ? bestAsk : bestBid;
  return best === null ? { key: "problem.noLiquidity" } : null;
}

function tooSmall(terms: Terms, preview: Preview, { spec }: World): Problem | null {
  const worth =
    terms.draft.kind === "market"
      ? (terms.budget ?? preview.estimates[0]?.total)
      : leastValue(terms, spec);
  if (worth === undefined || worth >= spec.minNotional) return null;
  const amount = groupDigits(trimFixed(spec.minNotional, spec.quoteScale));
  return { key: "problem.minimum", values: { amount, asset: spec.quote } };
}

function beyondFunds({ draft }: Terms, { hold }: Preview, world: World): Problem | null {
  const { spec } = world;
  const [funds, asset, scale] =
    draft.side === "buy"
      ? [world.quoteFunds, spec.quote, spec.quoteScale]
      : [world.base, spec.base, spec.baseScale];
  if (funds === null || hold === null || hold <= funds) return null;
  return { key: "problem.funds", values: { amount: groupDigits(trimFixed(funds, scale)), asset } };
}
