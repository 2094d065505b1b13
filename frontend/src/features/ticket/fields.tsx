import { type KeyboardEvent, useEffect, useRef } from "react";
import { t } from "../../i18n/translate";
import { formatFixed } from "../../lib/fixed-point";
import { Field, type FieldAttributes } from "../../ui/Field";
import { cleanDecimal, stepDecimal } from "./decimal-input";
import type { Draft, World } from "./ticket-rules";

interface Props {
  draft: Draft;
  world: World;
  problem: string | undefined;
  onChange: (part: Partial<Draft>) => void;
}

const LARGE_STEP = 10;

export function PriceField({ draft, world, problem, onChange }: Props) {
  const { spec, bestBid, bestAsk } = world;
  const take = (price: bigint) => onChange({ price: formatFixed(price, spec.priceDecimals) });
  return (
    <Field
      label={t("ticket.price")}
      problem={problem}
      aside={
        <span className="field-aside">
          <BestPrice
            name={t("book.bestBid")}
            label={t("ticket.useBid")}
            price={bestBid}
            onTake={take}
          />
          <BestPrice
            name={t("book.bestAsk")}
            label={t("ticket.useAsk")}
            price={bestAsk}
            onTake={take}
          />
        </span>
      }
    >
      {(attributes) => (
        <DecimalInput
          attributes={attributes}
          name="price"
          unit={spec.quote}
          value={draft.price}
          scale={spec.priceDecimals}
          step={spec.tick}
          onChange={(price) => onChange({ price })}
        />
      )}
    </Field>
  );
}

interface BestPriceProps {
  name: string;
  label: string;
  /** Price units; null while that side is empty. */
  price: bigint | null;
  onTake: (price: bigint) => void;
}

function BestPrice({ name, label, price, onTake }: BestPriceProps) {
  return (
    <button
      type="button"
      className="link"
      disabled={price === null}
      aria-label={label}
      onClick={() => onTake(price ?? 0n)}
    >
      {name}
    </button>
  );
}

export function AmountField({ draft, world, problem, onChange }: Props) {
  const { spec } = world;
  const mayChoose = draft.type === "market" && draft.side === "buy";
  const [unit, scale, step] = draft.byBudget
    ? [spec.quote, spec.quoteScale, 10n ** BigInt(spec.quoteScale)]
    : [spec.base, spec.qtyDecimals, spec.lot];
  return (
    <Field
      label={t(draft.byBudget ? "ticket.budget" : "ticket.qty")}
      problem={problem}
      aside={
        mayChoose && (
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

interface DecimalInputProps {
  attributes: FieldAttributes;
  name: string;
  unit: string;
  value: string;
  scale: number;
  step: bigint;
  onChange: (text: string) => void;
}

/** Text, never a number: the browser's own number input rounds. Arrow keys move by steps. */
function DecimalInput(props: DecimalInputProps) {
  const { value, scale, step, onChange } = props;
  const input = useRef<HTMLInputElement>(null);

  function keyed(event: KeyboardEvent): void {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const steps = (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? LARGE_STEP : 1);
    onChange(stepDecimal(value, scale, step, steps));
  }

  // A price taken from elsewhere shows its end, where the digits that matter are.
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each change of the text
  useEffect(() => {
    if (document.activeElement !== input.current && input.current !== null) {
      input.current.scrollLeft = input.current.scrollWidth;
    }
  }, [value]);

  return (
    <span className="decimal-box">
      <input
        {...props.attributes}
        ref={input}
        className="decimal num"
        name={props.name}
        type="text"
        inputMode="decimal"
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(cleanDecimal(event.target.value))}
        onKeyDown={keyed}
      />
      <span className="unit" aria-hidden="true">
        {props.unit}
      </span>
    </span>
  );
}
