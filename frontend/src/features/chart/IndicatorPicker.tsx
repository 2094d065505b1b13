import { t } from "../../i18n/translate";
import {
  INDICATORS,
  type Indicator,
  setPreferences,
  usePreferences,
} from "../../state/preferences";

/** What is drawn over and under the candles, each switched by itself. */
export function IndicatorPicker() {
  const chosen = usePreferences((preferences) => preferences.indicators);
  function toggle(name: Indicator): void {
    setPreferences({
      indicators: INDICATORS.filter((one) => chosen.includes(one) !== (one === name)),
    });
  }
  return (
    <div className="indicators">
      <button type="button" className="row-button" popoverTarget="indicators">
        {chosen.length === 0
          ? t("chart.indicators")
          : t("chart.indicatorCount", { count: chosen.length })}
      </button>
      <fieldset id="indicators" className="menu" popover="auto">
        <legend className="unseen">{t("chart.indicators")}</legend>
        {INDICATORS.map((name) => (
          <label key={name} className="check">
            <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
            {t(`indicator.${name}`)}
          </label>
        ))}
      </fieldset>
    </div>
  );
}
