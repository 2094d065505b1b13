import {
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type MouseEventParams,
  type UTCTimestamp,
} from "lightweight-charts";
import { BAR } from "../../engine/candle-series";
import { bollinger, ema, macd, rsi, sma, vwap } from "../../lib/indicators";
import type { Indicator } from "../../state/preferences";
import type { BarTable } from "./bar-table";
import type { ChartColours } from "./chart-options";

/** One line of an indicator and how it looks. */
interface Line {
  label: string;
  colour: keyof ChartColours;
  style?: LineStyle;
  /** Bars from zero instead of a line. */
  histogram?: boolean;
}

interface Kind {
  /** In a pane of its own, or over the candles. */
  isApart: boolean;
  lines: readonly Line[];
  /** Values of each line. */
  of: (bars: BarTable) => readonly Float64Array[];
}

const closes = (bars: BarTable) => bars.column(BAR.CLOSE);

const KINDS: Readonly<Record<Indicator, Kind>> = {
  ma: {
    isApart: false,
    lines: [{ label: "MA 20", colour: "warning" }],
    of: (bars) => [sma(closes(bars), 20)],
  },
  ema: {
    isApart: false,
    lines: [{ label: "EMA 50", colour: "ownInk" }],
    of: (bars) => [ema(closes(bars), 50)],
  },
  vwap: {
    isApart: false,
    lines: [{ label: "VWAP", colour: "ink1", style: LineStyle.Dashed }],
    of: (bars) => [
      vwap(
        bars.column(BAR.TIME),
        bars.column(BAR.HIGH),
        bars.column(BAR.LOW),
        closes(bars),
        bars.column(BAR.VOLUME),
      ),
    ],
  },
  bollinger: {
    isApart: false,
    lines: [
      { label: "BB 20, 2", colour: "ink3" },
      { label: "", colour: "ink3", style: LineStyle.Dotted },
      { label: "", colour: "ink3" },
    ],
    of: (bars) => {
      const { upper, middle, lower } = bollinger(closes(bars), 20, 2);
      return [upper, middle, lower];
    },
  },
  rsi: {
    isApart: true,
    lines: [{ label: "RSI 14", colour: "ownInk" }],
    of: (bars) => [rsi(closes(bars), 14)],
  },
  macd: {
    isApart: true,
    lines: [
      { label: "", colour: "hairline", histogram: true },
      { label: "MACD 12, 26, 9", colour: "ink1" },
      { label: "", colour: "warning", style: LineStyle.Dashed },
    ],
    of: (bars) => {
      const { line, signal, histogram } = macd(closes(bars), 12, 26, 9);
      return [histogram, line, signal];
    },
  },
};

/** A pane of its own is this share of the candles' height. */
const PANE_STRETCH = 0.25;

/** What an indicator is at one bar. */
export interface LegendEntry {
  label: string;
  colour: string;
  value: number;
}

interface Drawn {
  kind: Kind;
  series: readonly (ISeriesApi<"Line"> | ISeriesApi<"Histogram">)[];
}

/** The indicators on a chart. */
export class IndicatorSeries {
  private drawn: Drawn[] = [];

  constructor(
    private readonly chart: IChartApi,
    private readonly colours: ChartColours,
  ) {}

  /** Shows these, and no others. */
  choose(names: readonly Indicator[], bars: BarTable): void {
    for (const { series } of this.drawn) for (const one of series) this.chart.removeSeries(one);
    let panes = 0;
    this.drawn = names.map((name) => {
      const kind = KINDS[name];
      if (kind.isApart) panes += 1;
      return { kind, series: kind.lines.map((line) => this.add(line, kind.isApart ? panes : 0)) };
    });
    for (const pane of this.chart.panes().slice(1)) pane.setStretchFactor(PANE_STRETCH);
    this.draw(bars, true);
  }

  /** Draws anew what the bars come to: all of it, or the last points, which alone can have changed. */
  draw(bars: BarTable, whole: boolean): void {
    if (this.drawn.length === 0) return;
    const times = bars.column(BAR.TIME);
    for (const { kind, series } of this.drawn) {
      for (const [index, values] of kind.of(bars).entries()) {
        drawLine(series[index]!, times, values, whole);
      }
    }
  }

  /** The named lines' values at the bar under the pointer, or at the last one. */
  legend(pointed: MouseEventParams | null): LegendEntry[] {
    const entries: LegendEntry[] = [];
    for (const { kind, series } of this.drawn) {
      for (const [index, { label, colour }] of kind.lines.entries()) {
        const one = series[index]!;
        const point = pointed === null ? one.data().at(-1) : pointed.seriesData.get(one);
        if (label === "" || point === undefined || !("value" in point)) continue;
        entries.push({ label, colour: this.colours[colour], value: point.value as number });
      }
    }
    return entries;
  }

  private add(line: Line, pane: number): ISeriesApi<"Line"> | ISeriesApi<"Histogram"> {
    const look = {
      color: this.colours[line.colour],
      priceLineVisible: false,
      lastValueVisible: false,
    };
    if (line.histogram) return this.chart.addSeries(HistogramSeries, look, pane);
    return this.chart.addSeries(
      LineSeries,
      {
        ...look,
        lineWidth: 1,
        lineStyle: line.style ?? LineStyle.Solid,
        crosshairMarkerVisible: false,
      },
      pane,
    );
  }
}

/** The bar that forms and the one that has just closed. */
const TAIL = 2;

function drawLine(
  series: ISeriesApi<"Line"> | ISeriesApi<"Histogram">,
  times: Float64Array,
  values: Float64Array,
  whole: boolean,
): void {
  const points = [];
  const from = whole ? 0 : Math.max(0, values.length - TAIL);
  for (let at = from; at < values.length; at += 1) {
    const value = values[at]!;
    if (!Number.isNaN(value)) points.push({ time: times[at] as UTCTimestamp, value });
  }
  if (whole) series.setData(points);
  else for (const point of points) series.update(point, true);
}
