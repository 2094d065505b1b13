import type { InstrumentSpec } from "../../api/instrument-spec";
import { t } from "../../i18n/translate";
import { parseFixed, trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";
import { confirmed } from "../../state/confirm";
import { type Question, usePreferences } from "../../state/preferences";
import type { Draft } from "./draft";
import type { Verdict } from "./judge";

/** Whether the person meant it, asked at most once; of two reasons to ask the size is the graver. */
export function confirmedToSend(
  { preview }: Verdict,
  draft: Draft,
  spec: InstrumentSpec,
): Promise<boolean> {
  const estimate = preview?.estimates[0];
  const { confirm, largeFrom } = usePreferences.getState();
  const question = questionFor(draft, estimate?.total ?? null, spec, largeFrom, confirm);
  if (question === null) return Promise.resolve(true);
  const amount = estimate === undefined ? "–" : trimFixed(estimate.total, spec.quoteScale, 2);
  return confirmed(
    question,
    t(draft.side === "buy" ? "confirm.buy" : "confirm.sell", {
      what: t(`type.${draft.kind}`),
      asset: spec.base,
      total: `${groupDigits(amount)} ${spec.quote}`,
    }),
  );
}

/** Which question a draft calls for, of those that are switched on. `total`: quote asset at its scale. */
export function questionFor(
  { kind }: Pick<Draft, "kind">,
  total: bigint | null,
  { quoteScale }: Pick<InstrumentSpec, "quoteScale">,
  largeFrom: string,
  asks: Readonly<Record<Question, boolean>>,
): Question | null {
  const large = parseFixed(largeFrom, quoteScale);
  if (asks.large && total !== null && large !== null && total >= large) return "large";
  return asks.market && kind === "market" ? "market" : null;
}
