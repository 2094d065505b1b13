import { say } from "../../i18n/auth";
import type { Sending } from "../../ui/sending";

/** The end of each form here: what the exchange said, and the button. */
export function FormEnd({ sending, label }: { sending: Sending; label: string }) {
  return (
    <>
      <p className="refusal" role="alert">
        {sending.refusal}
      </p>
      <button type="submit" className="primary" disabled={sending.working}>
        {sending.working ? say("working") : label}
      </button>
    </>
  );
}
