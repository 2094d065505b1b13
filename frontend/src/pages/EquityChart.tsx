import { useEffect, useRef } from "react";
import { chartOptions, readColours } from "../features/chart/chart-options";
import type { EquityChartProps } from "../features/wallet/EquityPanel";
import { drawEquity } from "../features/wallet/equity-chart";
import { t } from "../i18n/translate";
import { useTheme } from "../state/theme";

/** The account's curve, looking as the markets' charts do. */
export default function EquityChart({ points, scale, label }: EquityChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is another chart
  useEffect(() => {
    const colours = readColours();
    const look = {
      options: chartOptions(colours),
      worth: colours.ink1,
      result: colours.bid,
      moved: colours.ownInk,
    };
    return drawEquity(host.current!, points, scale, look);
  }, [points, scale, theme]);
  return (
    <div className="equity-chart">
      <div className="equity-host" role="img" aria-label={label} ref={host} />
      <a className="credit" href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
        <span className="credit-by">{t("chart.creditBy")}</span> {t("chart.credit")}
      </a>
    </div>
  );
}
