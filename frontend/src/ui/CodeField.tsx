import { Field } from "./Field";

interface Props {
  label: string;
  value: string;
  hint?: string | undefined;
  problem?: string | undefined;
  onChange: (code: string) => void;
}

/** A code that came by e-mail, stands in an authenticator app, or was kept for the day the app is gone. */
export function CodeField({ label, value, hint, problem, onChange }: Props) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) => (
        <input
          {...attributes}
          className="num code-input"
          type="text"
          name="code"
          // Recovery codes have letters: no keypad of digits alone.
          inputMode="text"
          autoComplete="one-time-code"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={64}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
