import type { TimeInForce } from "../../api/types";
import { t } from "../../i18n/translate";
import { Field } from "../../ui/Field";
import { canBePostOnly, type Draft, timesInForce } from "./draft";

interface Props {
  draft: Draft;
  expiryProblem: string | undefined;
  onChange: (part: Partial<Draft>) => void;
}

/** How long the order stays, for those that may stay. */
export function TermsRow({ draft, expiryProblem, onChange }: Props) {
  const offered = timesInForce(draft);
  if (offered.length === 0) return null;
  return (
    <>
      <div className="ticket-options">
        <select
          className="compact-select"
          aria-label={t("ticket.tif")}
          value={draft.timeInForce}
          onChange={(event) => onChange({ timeInForce: event.target.value as TimeInForce })}
        >
          {offered.map((one) => (
            <option key={one} value={one}>
              {t(`tif.${one}`)}
            </option>
          ))}
        </select>
        {draft.kind === "limit" && (
          <label className="check">
            <input
              type="checkbox"
              checked={draft.postOnly}
              disabled={!canBePostOnly(draft)}
              onChange={(event) => onChange({ postOnly: event.target.checked })}
            />
            {t("ticket.postOnly")}
          </label>
        )}
      </div>
      {draft.timeInForce === "gtd" && (
        <ExpiryField draft={draft} expiryProblem={expiryProblem} onChange={onChange} />
      )}
    </>
  );
}

function ExpiryField({ draft, expiryProblem, onChange }: Props) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Field
      label={t("ticket.expires")}
      problem={expiryProblem}
      hint={t("ticket.expiresHint", { zone })}
    >
      {(attributes) => (
        <input
          {...attributes}
          type="datetime-local"
          className="num"
          name="expires"
          step={1}
          value={draft.expiresAt}
          onChange={(event) => onChange({ expiresAt: event.target.value })}
        />
      )}
    </Field>
  );
}
