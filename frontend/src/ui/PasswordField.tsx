import { useState } from "react";
import { t } from "../i18n/translate";
import { Field } from "./Field";

interface Props {
  label: string;
  /** A password that is being chosen, not one that is known. */
  isNew?: boolean;
  value: string;
  hint?: string | undefined;
  problem?: string | undefined;
  onChange: (password: string) => void;
}

/** A password that can be looked at while it is typed. */
export function PasswordField({ label, isNew = false, value, hint, problem, onChange }: Props) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      label={label}
      hint={hint}
      problem={problem}
      aside={
        <button
          type="button"
          className="link"
          aria-pressed={shown}
          aria-label={t("auth.showPassword")}
          onClick={() => setShown(!shown)}
        >
          {t(shown ? "auth.hide" : "auth.show")}
        </button>
      }
    >
      {(attributes) => (
        <input
          {...attributes}
          type={shown ? "text" : "password"}
          name={isNew ? "new-password" : "password"}
          autoComplete={isNew ? "new-password" : "current-password"}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
