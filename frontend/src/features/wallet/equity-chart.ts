import {
  createChart,
  createSeriesMarkers,
  type DeepPartial,
  LineSeries,
  type SeriesMarker,
  type Time,
  type TimeChartOptions,
  type UTCTimestamp,
} from "lightweight-charts";
import { groupDigits } from "../../lib/format";
import type { EquityPoint } from "./equity";

export interface EquityLook {
  options: DeepPartial<TimeChartOptions>;
  worth: string;
  result: string;
  moved: string;
}

interface Words {
  movedIn: (amount: string) => string;
  movedOut: (amount: string) => string;
}

const DECIMALS = 2;
const MARGINS = { top: 0.14, bottom: 0.1 };

/** Draws both lines; returns what takes the chart away. Pixels may be floats: the figures beside are exact. */
export function drawEquity(
  host: HTMLElement,
  points: readonly EquityPoint[],
  scale: number,
  look: EquityLook,
  words: Words,
): () => void {
  const chart = createChart(host, {
    ...look.options,
    rightPriceScale: { ...look.options.rightPriceScale, scaleMargins: MARGINS },
  });
  const formatter = (value: number) => groupDigits(value.toFixed(DECIMALS));
  const priceFormat = { type: "custom" as const, minMove: 10 ** -DECIMALS, formatter };
  const line = { lineWidth: 2 as const, priceFormat, priceLineVisible: false };
  const worth = chart.addSeries(LineSeries, { ...line, color: look.worth });
  const result = chart.addSeries(LineSeries, { ...line, color: look.result }, 1);
  const at = ({ openMs }: EquityPoint) => (openMs / 1_000) as UTCTimestamp;
  const pixels = (units: bigint) => Number(units) / 10 ** scale;
  worth.setData(points.map((point) => ({ time: at(point), value: pixels(point.equity) })));
  result.setData(points.map((point) => ({ time: at(point), value: pixels(point.result) })));
  const markers = points
    .filter(({ moved }) => moved !== 0n)
    .map((point): SeriesMarker<Time> => {
      const amount = formatter(Math.abs(pixels(point.moved)));
      const comesIn = point.moved > 0n;
      return {
        time: at(point),
        position: comesIn ? "belowBar" : "aboveBar",
        shape: comesIn ? "arrowUp" : "arrowDown",
        color: look.moved,
        text: comesIn ? words.movedIn(amount) : words.movedOut(amount),
      };
    });
  createSeriesMarkers(worth, markers);
  chart.panes()[0]?.setStretchFactor(2);
  chart.timeScale().fitContent();
  return () => chart.remove();
}
