import { t } from "../../i18n/translate";
import { formatFixed, pow10 } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";
import { DecimalInput } from "../../ui/DecimalInput";
import { Field } from "../../ui/Field";
import type { Draft } from "./draft";
import { trailingTriggerNow } from "./read-terms";
import { isMet } from "./triggers";
import type { World } from "./world";

export interface FieldProps {
  draft: Draft;
  world: World;
  problem: string | undefined;
  onChange: (part: Partial<Draft>) => void;
}

interface PriceFieldProps extends FieldProps {
  label: string;
  name: string;
  of: "price" | "triggerPrice" | "stopLimitPrice";
  hint?: string | undefined;
  /** Prices to take with a click, of those known. */
  offers: readonly ("bid" | "ask" | "last")[];
}

/** A price, with the ones on the screen to take. */
export function PriceField(props: PriceFieldProps) {
  const { draft, world, of, onChange } = props;
  const { spec } = world;
  const take = (price: bigint) => onChange({ [of]: formatFixed(price, spec.priceDecimals) });
  return (
    <Field
      label={props.label}
      hint={props.hint}
      problem={props.problem}
      aside={
        <span className="field-aside">
          {props.offers.map((offer) => (
            <OfferedPrice key={offer} offer={offer} world={world} onTake={take} />
          ))}
        </span>
      }
    >
      {(attributes) => (
        <DecimalInput
          attributes={attributes}
          name={props.name}
          unit={spec.quote}
          value={draft[of]}
          scale={spec.priceDecimals}
          step={spec.tick}
          onChange={(text) => onChange({ [of]: text })}
        />
      )}
    </Field>
  );
}

interface OfferedPriceProps {
  offer: "bid" | "ask" | "last";
  world: World;
  onTake: (price: bigint) => void;
}

const OFFERS = {
  bid: ["book.bestBid", "ticket.useBid"],
  ask: ["book.bestAsk", "ticket.useAsk"],
  last: ["ticket.last", "ticket.useLast"],
} as const;

function OfferedPrice({ offer, world, onTake }: OfferedPriceProps) {
  const price = { bid: world.bestBid, ask: world.bestAsk, last: world.lastPrice }[offer];
  const [name, label] = OFFERS[offer];
  return (
    <button
      type="button"
      className="link"
      disabled={price === null}
      aria-label={t(label)}
      onClick={() => onTake(price ?? 0n)}
    >
      {t(name)}
    </button>
  );
}

/** A trigger price, and which way the market must come to it. */
export function TriggerField(props: FieldProps & { label: string }) {
  const { side, kind } = props.draft;
  const takesProfit = kind === "take_profit" || kind === "take_profit_limit";
  const rises = isMet(side, 0n, 1n, takesProfit);
  return (
    <PriceField
      {...props}
      name="trigger"
      of="triggerPrice"
      offers={["last"]}
      hint={t(rises ? "ticket.triggerUp" : "ticket.triggerDown")}
    />
  );
}

/** How far a trailing stop stays behind, and where that is now. */
export function TrailingField({ draft, world, problem, onChange }: FieldProps) {
  const now = trailingTriggerNow(draft, world);
  const price = now === null ? "–" : groupDigits(formatFixed(now, world.spec.priceDecimals));
  return (
    <Field
      label={t("ticket.trailing")}
      problem={problem}
      hint={t("ticket.trailingNow", { price })}
      aside={
        <span className="field-aside">
          {["0.5", "1", "2", "5"].map((percent) => (
            <button
              key={percent}
              type="button"
              className="link"
              onClick={() => onChange({ trailingPercent: percent })}
            >
              {percent} %
            </button>
          ))}
        </span>
      }
    >
      {(attributes) => (
        <DecimalInput
          attributes={attributes}
          name="trailing"
          unit="%"
          value={draft.trailingPercent}
          scale={2}
          step={10n}
          onChange={(trailingPercent) => onChange({ trailingPercent })}
        />
      )}
    </Field>
  );
}

export function AmountField({ draft, world, problem, onChange }: FieldProps) {
  const { spec } = world;
  const [unit, scale, step] = draft.byBudget
    ? [spec.quote, spec.quoteScale, pow10(spec.quoteScale)]
    : [spec.base, spec.qtyDecimals, spec.lot];
  const worth = draft.side === "buy" ? "ticket.budget" : "ticket.worth";
  return (
    <Field
      label={t(draft.byBudget ? worth : "ticket.qty")}
      problem={problem}
      aside={
        draft.kind === "market" && (
          <select
            className="compact-select"
            aria-label={t("ticket.unit")}
            value={draft.byBudget ? "quote" : "base"}
            onChange={(event) => onChange({ byBudget: event.target.value === "quote", amount: "" })}
          >
            <option value="base">{spec.base}</option>
            <option value="quote">{spec.quote}</option>
          </select>
        )
      }
    >
      {(attributes) => (
        <DecimalInput
          attributes={attributes}
          name="amount"
          unit={unit}
          value={draft.amount}
          scale={scale}
          step={step}
          onChange={(amount) => onChange({ amount })}
        />
      )}
    </Field>
  );
}

export function DisplayField({ draft, world, problem, onChange }: FieldProps) {
  const { spec } = world;
  return (
    <Field label={t("ticket.display")} problem={problem} hint={t("ticket.displayHint")}>
      {(attributes) => (
        <DecimalInput
          attributes={attributes}
          name="display"
          unit={spec.base}
          value={draft.displayQty}
          scale={spec.qtyDecimals}
          step={spec.lot}
          onChange={(displayQty) => onChange({ displayQty })}
        />
      )}
    </Field>
  );
}
