import {
  createChart,
  type DeepPartial,
  HistogramSeries,
  LineSeries,
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

const DECIMALS = 2;
const MARGINS = { top: 0.14, bottom: 0.1 };

/** Draws both lines, and below them what came in and went out; returns what takes the chart away. Pixels may be floats: the figures beside are exact. */
export function drawEquity(
  host: HTMLElement,
  points: readonly EquityPoint[],
  scale: number,
  look: EquityLook,
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
  const moves = points.filter(({ moved }) => moved !== 0n);
  if (moves.length > 0) {
    const bars = { color: look.moved, priceFormat, priceLineVisible: false };
    const moved = chart.addSeries(HistogramSeries, bars, 2);
    moved.setData(moves.map((point) => ({ time: at(point), value: pixels(point.moved) })));
  }
  chart.panes()[0]?.setStretchFactor(2);
  chart.timeScale().fitContent();
  return () => chart.remove();
}
