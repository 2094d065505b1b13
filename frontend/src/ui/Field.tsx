import { type ReactNode, useId } from "react";

export interface FieldAttributes {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
}

interface Props {
  label: string;
  hint?: string | undefined;
  problem?: string | undefined;
  /** Stands right of the label. */
  aside?: ReactNode;
  children: (attributes: FieldAttributes) => ReactNode;
}

/** A labelled input with its hint or its problem underneath, tied together for screen readers. */
export function Field({ label, hint, problem, aside, children }: Props) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className="field">
      <div className="field-head">
        <label htmlFor={id}>{label}</label>
        {aside}
      </div>
      {children({
        id,
        "aria-invalid": problem !== undefined,
        "aria-describedby": note === undefined ? undefined : `${id}-note`,
      })}
      {note !== undefined && (
        <p id={`${id}-note`} className={problem === undefined ? "hint" : "problem"}>
          {note}
        </p>
      )}
    </div>
  );
}
