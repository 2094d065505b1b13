import { INTERVALS, type Interval } from "../../api/types";
import { selectInterval } from "../../bridge/engine-link";
import { t } from "../../i18n/translate";
import { setPreferences, usePreferences } from "../../state/preferences";
import { Segmented } from "../../ui/Segmented";

const USUAL: readonly Interval[] = ["1s", "1m", "5m", "15m", "1h", "4h", "1d"];
const OTHERS = INTERVALS.filter((interval) => !USUAL.includes(interval));

/** The usual intervals one click away, the others in a list. */
export function IntervalPicker() {
  const interval = usePreferences((preferences) => preferences.interval);
  function choose(next: Interval): void {
    setPreferences({ interval: next });
    selectInterval(next);
  }
  const isUsual = USUAL.includes(interval);
  return (
    <div className="intervals">
      <Segmented<Interval>
        label={t("chart.interval")}
        className="flat"
        options={USUAL.map((value) => ({ value, label: value }))}
        value={interval}
        onChange={choose}
      />
      <select
        className={`compact-select ${isUsual ? "" : "chosen"}`}
        aria-label={t("chart.moreIntervals")}
        value={isUsual ? "" : interval}
        onChange={(event) => choose(event.target.value as Interval)}
      >
        <option value="" disabled hidden>
          {t("chart.more")}
        </option>
        {OTHERS.map((other) => (
          <option key={other} value={other}>
            {other}
          </option>
        ))}
      </select>
    </div>
  );
}
