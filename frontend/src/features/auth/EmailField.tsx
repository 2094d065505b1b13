import { say } from "../../i18n/auth";
import { Field } from "../../ui/Field";

interface Props {
  value: string;
  problem: string | undefined;
  onChange: (email: string) => void;
}

export function EmailField({ value, problem, onChange }: Props) {
  return (
    <Field label={say("email")} problem={problem}>
      {(attributes) => (
        <input
          {...attributes}
          type="email"
          name="email"
          autoComplete="username"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
