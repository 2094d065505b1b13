import {
  type CandlestickData,
  CandlestickSeries,
  createChart,
  type HistogramData,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type MouseEventParams,
  type UTCTimestamp,
} from "lightweight-charts";
import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Fill } from "../../api/types";
import { requestOlderCandles } from "../../bridge/engine-link";
import { BAR } from "../../engine/candle-series";
import type { Indicator } from "../../state/preferences";
import { BarTable } from "./bar-table";
import { type ChartColours, candleOptions, chartOptions, readColours } from "./chart-options";
import { arrowsOf } from "./fill-arrows";
import { FillLayer } from "./fill-layer";
import type { IndicatorSeries, LegendEntry } from "./indicator-series";
import { type DragLine, enableLineDrag } from "./line-drag";

export interface OwnLine {
  price: number;
  title: string;
  /** The one order behind the line, if there is just one that can be moved. */
  orderId: number | null;
  /** What of the order stands there. */
  term: "price" | "trigger";
}

export interface ChartOutlet {
  /** The bar under the pointer, or the last one, and what the indicators are there. */
  barChanged: (bar: Bar | null, legend: readonly LegendEntry[]) => void;
  /** A line of an order was let go at a price. */
  orderMoved: (orderId: number, term: OwnLine["term"], price: number) => void;
  /** Which own fills are under the pointer, and where; null: none. */
  fillPointed: (text: string | null, x: number, y: number) => void;
}

export interface Bar {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** Bars left of the view at which older ones are asked for. */
const OLDER_WITHIN_BARS = 30;
/** Indicators follow the bar that forms no more often than this. */
const INDICATORS_EVERY_MS = 250;

/** The chart and everything drawn on it; knows nothing of React. */
export class CandleChart {
  private readonly colours: ChartColours = readColours();
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volumes: ISeriesApi<"Histogram">;
  private readonly bars = new BarTable();
  /** Null until the first is chosen: most charts have none. */
  private indicators: IndicatorSeries | null = null;
  private chosen: readonly Indicator[] = [];
  private removed = false;
  private readonly arrows: FillLayer;
  private readonly stopDrag: () => void;
  private indicatorTimer: ReturnType<typeof setTimeout> | undefined;
  private lines: { order: OwnLine; line: IPriceLine }[] = [];
  private fills: readonly Fill[] = [];
  private lastTime = 0;
  private lastBar: Bar | null = null;
  private pointedAt: Bar | null = null;

  constructor(
    host: HTMLElement,
    private readonly spec: InstrumentSpec,
    private readonly outlet: ChartOutlet,
  ) {
    this.chart = createChart(host, chartOptions(this.colours));
    this.candles = this.chart.addSeries(
      CandlestickSeries,
      candleOptions(this.colours, spec.priceDecimals),
    );
    this.arrows = new FillLayer(this.colours.ownInk, this.colours.surface);
    this.candles.attachPrimitive(this.arrows);
    this.volumes = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.volumes.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.stopDrag = enableLineDrag<OwnLine>(host, {
      lines: () => this.movableLines(),
      // Below the candles' pane prices would only be the scale drawn on: nobody means those.
      height: () => this.chart.panes()[0]!.getHeight(),
      moved: (order, y) => this.holdLine(order, y),
      ended: (order, y) => this.letGo(order, y),
    });
    this.watch();
  }

  get isEmpty(): boolean {
    return this.lastTime === 0;
  }

  remove(): void {
    this.removed = true;
    this.stopDrag();
    clearTimeout(this.indicatorTimer);
    this.chart.remove();
  }

  /** Bars as the worker sends them: all of them, or the one that changed. */
  show(bars: Float64Array, replace: boolean): void {
    const count = bars.length / BAR.FIELDS;
    const isFirst = this.isEmpty;
    if (replace) {
      const at = Array.from({ length: count }, (_, index) => index * BAR.FIELDS);
      this.candles.setData(at.map((offset) => candleAt(bars, offset)));
      this.volumes.setData(at.map((offset) => this.volumeAt(bars, offset)));
      this.bars.replace(bars);
      this.indicators?.draw(this.bars, true);
    } else {
      for (let offset = 0; offset < bars.length; offset += BAR.FIELDS) this.update(bars, offset);
      this.bars.update(bars);
      this.followIndicators();
    }
    if (count === 0) return;
    // A fill may come before the bar it is in.
    if (replace || bars[(count - 1) * BAR.FIELDS]! > this.lastTime) this.drawFills(this.fills);
    const offset = (count - 1) * BAR.FIELDS;
    if (bars[offset]! >= this.lastTime) {
      this.lastTime = bars[offset]!;
      this.lastBar = barAt(bars, offset);
      if (this.pointedAt === null) this.tellBar(null);
    }
    if (replace && isFirst) this.chart.timeScale().scrollToRealTime();
  }

  drawOwnOrders(orders: readonly OwnLine[]): void {
    for (const { line } of this.lines) this.candles.removePriceLine(line);
    this.lines = orders.map((order) => ({
      order,
      line: this.candles.createPriceLine({
        price: order.price,
        title: order.title,
        color: this.colours.own,
        lineWidth: 1,
        lineStyle: styleOf(order),
        axisLabelVisible: true,
      }),
    }));
  }

  /** Own fills, newest first. */
  drawFills(fills: readonly Fill[]): void {
    this.fills = fills;
    this.arrows.show(arrowsOf(fills, this.spec, (timeS) => this.bars.openOf(timeS)));
  }

  async chooseIndicators(names: readonly Indicator[]): Promise<void> {
    this.chosen = names;
    if (this.indicators === null && names.length > 0) {
      const { IndicatorSeries } = await import("./indicator-series");
      if (this.removed) return;
      this.indicators ??= new IndicatorSeries(this.chart, this.colours);
    }
    // Others may have been chosen meanwhile.
    this.indicators?.choose(this.chosen, this.bars);
    this.tellBar(null);
  }

  private tellBar(pointed: MouseEventParams | null): void {
    this.outlet.barChanged(this.pointedAt ?? this.lastBar, this.indicators?.legend(pointed) ?? []);
  }

  private followIndicators(): void {
    this.indicatorTimer ??= setTimeout(() => {
      this.indicatorTimer = undefined;
      this.indicators?.draw(this.bars, false);
    }, INDICATORS_EVERY_MS);
  }

  private movableLines(): DragLine<OwnLine>[] {
    return this.lines.flatMap(({ order, line }) =>
      order.orderId === null
        ? []
        : [{ key: order, y: this.candles.priceToCoordinate(line.options().price) }],
    );
  }

  private holdLine(held: OwnLine, y: number): void {
    const price = this.candles.coordinateToPrice(y);
    if (price !== null) this.lineOf(held)?.applyOptions({ price, lineStyle: LineStyle.Solid });
  }

  private letGo(held: OwnLine, y: number | null): void {
    const price = y === null ? null : this.candles.coordinateToPrice(y);
    // Where the order stands is where its line stands: the answer to the change moves it.
    this.lineOf(held)?.applyOptions({ price: held.price, lineStyle: styleOf(held) });
    if (price !== null) this.outlet.orderMoved(held.orderId!, held.term, price);
  }

  /** Lines are drawn anew when an order changes, also while one of them is held. */
  private lineOf(held: OwnLine): IPriceLine | undefined {
    const isSame = ({ order }: { order: OwnLine }) =>
      order.orderId === held.orderId && order.term === held.term;
    return this.lines.find(isSame)?.line;
  }

  private update(bars: Float64Array, offset: number): void {
    const isOld = bars[offset]! < this.lastTime;
    this.candles.update(candleAt(bars, offset), isOld);
    this.volumes.update(this.volumeAt(bars, offset), isOld);
  }

  private volumeAt(bars: Float64Array, at: number): HistogramData {
    const rises = bars[at + BAR.CLOSE]! >= bars[at + BAR.OPEN]!;
    return {
      time: bars[at] as UTCTimestamp,
      value: bars[at + BAR.VOLUME]!,
      color: rises ? this.colours.bidSoft : this.colours.askSoft,
    };
  }

  private watch(): void {
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < OLDER_WITHIN_BARS && !this.isEmpty) requestOlderCandles();
    });
    this.chart.subscribeCrosshairMove((event) => {
      const candle = event.seriesData.get(this.candles) as CandlestickData | undefined;
      const volume = event.seriesData.get(this.volumes) as HistogramData | undefined;
      this.pointedAt = candle === undefined ? null : { ...candle, volume: volume?.value ?? 0 };
      this.tellBar(candle === undefined ? null : event);
      const place = this.arrows.placeOf(event.hoveredObjectId);
      this.outlet.fillPointed(place?.arrow.text ?? null, place?.x ?? 0, place?.y ?? 0);
    });
  }
}

/** What waits for its price is dotted, what rests in the book is dashed. */
function styleOf({ term }: OwnLine): LineStyle {
  return term === "trigger" ? LineStyle.Dotted : LineStyle.Dashed;
}

function candleAt(bars: Float64Array, at: number): CandlestickData {
  const { open, high, low, close } = barAt(bars, at);
  return { time: bars[at] as UTCTimestamp, open, high, low, close };
}

function barAt(bars: Float64Array, at: number): Bar {
  return {
    open: bars[at + BAR.OPEN]!,
    high: bars[at + BAR.HIGH]!,
    low: bars[at + BAR.LOW]!,
    close: bars[at + BAR.CLOSE]!,
    volume: bars[at + BAR.VOLUME]!,
  };
}
