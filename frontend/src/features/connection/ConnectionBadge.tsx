import { t } from "../../i18n/translate";
import { formatAge } from "../../lib/format";
import { useConnection } from "../../state/connection";

/** How fresh what is on screen is: always visible. The phase has a word and a shape, not only a colour. */
export function ConnectionBadge() {
  const { phase, attempt, feedAgeMs, roundTripMs, orderRoundTripMs } = useConnection();
  return (
    <section className="connection" aria-label={t("connection.label")}>
      <span className={`phase phase-${phase}`} role="status">
        <span className="phase-mark" aria-hidden="true" />
        {t(`connection.${phase}`)}
        {phase === "reconnecting" && attempt > 1 && (
          <span className="phase-attempt">{t("connection.attempt", { attempt })}</span>
        )}
      </span>
      <dl className="connection-figures">
        <Figure name={t("connection.age")} ms={feedAgeMs} />
        <Figure name={t("connection.roundTrip")} ms={roundTripMs} />
        <Figure name={t("connection.orderRoundTrip")} ms={orderRoundTripMs} />
      </dl>
    </section>
  );
}

function Figure({ name, ms }: { name: string; ms: number | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num">{ms === null ? t("connection.none") : formatAge(ms)}</dd>
    </div>
  );
}
