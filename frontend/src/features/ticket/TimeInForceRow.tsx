import type { TimeInForce } from "../../api/types";
import { t } from "../../i18n/translate";
import type { Draft } from "./ticket-rules";

interface Props {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}

export function TimeInForceRow({ draft, onChange }: Props) {
  return (
    <div className="ticket-options">
      <select
        className="compact-select"
        aria-label={t("ticket.tif")}
        value={draft.timeInForce}
        onChange={(event) => onChange({ timeInForce: event.target.value as TimeInForce })}
      >
        <option value="gtc">{t("tif.gtc")}</option>
        <option value="ioc">{t("tif.ioc")}</option>
        <option value="fok">{t("tif.fok")}</option>
      </select>
      <label className="check">
        <input
          type="checkbox"
          checked={draft.postOnly}
          disabled={draft.timeInForce !== "gtc"}
          onChange={(event) => onChange({ postOnly: event.target.checked })}
        />
        {t("ticket.postOnly")}
      </label>
    </div>
  );
}
