import { useId } from "react";

interface Props<Value extends string> {
  label: string;
  options: readonly { value: Value; label: string }[];
  value: Value;
  onChange: (value: Value) => void;
  className?: string;
}

/** One choice of a few, side by side: radio buttons underneath, so the keyboard works as everywhere. */
export function Segmented<Value extends string>(props: Props<Value>) {
  const name = useId();
  return (
    <fieldset className={`segmented ${props.className ?? ""}`}>
      <legend className="unseen">{props.label}</legend>
      {props.options.map((option) => (
        <label key={option.value} data-value={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === props.value}
            onChange={() => props.onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
