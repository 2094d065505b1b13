import { type KeyboardEvent, useEffect, useRef } from "react";
import { cleanDecimal, stepDecimal } from "../lib/decimal-text";
import type { FieldAttributes } from "./Field";

interface Props {
  attributes: FieldAttributes;
  name: string;
  unit: string;
  value: string;
  scale: number;
  /** What an arrow key adds or takes, units of 10^-scale. */
  step: bigint;
  onChange: (text: string) => void;
}

const LARGE_STEP = 10;

/** Text, never a number: the browser's own number input rounds. Arrow keys move by steps. */
export function DecimalInput(props: Props) {
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
