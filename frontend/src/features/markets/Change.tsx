import { t } from "../../i18n/translate";
import { formatPpm } from "../../lib/format";

/** A change with its direction as a shape, its sign and its colour. */
export function Change({ ppm }: { ppm: number | null }) {
  if (ppm === null) return <span className="num">{t("connection.none")}</span>;
  const tone = ppm > 0 ? "bid" : ppm < 0 ? "ask" : "flat";
  return (
    <span className={`num ${tone}`}>
      <span className="direction" aria-hidden="true">
        {ppm > 0 ? "▲" : ppm < 0 ? "▼" : ""}
      </span>
      {formatPpm(ppm, true)}
    </span>
  );
}
