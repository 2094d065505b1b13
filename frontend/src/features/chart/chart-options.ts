import {
  type DeepPartial,
  LineStyle,
  TickMarkType,
  type Time,
  type TimeChartOptions,
} from "lightweight-charts";
import { groupDigits } from "../../lib/format";

export interface ChartColours {
  surface: string;
  hairline: string;
  ink1: string;
  ink3: string;
  bid: string;
  ask: string;
  own: string;
  ownInk: string;
  warning: string;
  bidSoft: string;
  askSoft: string;
}

/** A face of the same family with the width of numbers fixed: a canvas cannot ask for a width. */
const CANVAS_FONT = "'Encode Sans Numerals', sans-serif";

/** The style sheet's colours as the canvas takes them: it knows no custom properties and no oklch. */
export function readColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => rgbOf(style.getPropertyValue(name).trim());
  const [bid, ask] = [colour("--bid"), colour("--ask")];
  return {
    surface: colour("--surface"),
    hairline: colour("--hairline"),
    ink1: colour("--ink-1"),
    ink3: colour("--ink-3"),
    bid,
    ask,
    own: colour("--own"),
    ownInk: colour("--own-ink"),
    warning: colour("--warning"),
    bidSoft: bid.replace("rgb(", "rgba(").replace(")", ", 0.38)"),
    askSoft: ask.replace("rgb(", "rgba(").replace(")", ", 0.38)"),
  };
}

export function chartOptions(colours: ChartColours): DeepPartial<TimeChartOptions> {
  return {
    autoSize: true,
    layout: {
      background: { color: colours.surface },
      panes: { separatorColor: colours.hairline, separatorHoverColor: colours.hairline },
      textColor: colours.ink3,
      fontFamily: CANVAS_FONT,
      fontSize: 11,
      // The required link stands in the panel's head: the library's own needs an inline style.
      attributionLogo: false,
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colours.hairline } },
    rightPriceScale: { borderColor: colours.hairline, scaleMargins: { top: 0.12, bottom: 0.24 } },
    timeScale: {
      borderColor: colours.hairline,
      timeVisible: true,
      rightOffset: 5,
      barSpacing: 7,
      tickMarkFormatter: (time: Time, type: TickMarkType) => tickText(Number(time), type),
    },
    crosshair: {
      vertLine: {
        color: colours.ink3,
        style: LineStyle.Dotted,
        labelBackgroundColor: colours.hairline,
      },
      horzLine: {
        color: colours.ink3,
        style: LineStyle.Dotted,
        labelBackgroundColor: colours.hairline,
      },
    },
    localization: { timeFormatter: (time: Time) => crosshairText(Number(time)) },
  };
}

export function candleOptions(colours: ChartColours, priceDecimals: number) {
  return {
    // Rising candles are hollow: direction is a shape too.
    upColor: colours.surface,
    borderUpColor: colours.bid,
    wickUpColor: colours.bid,
    downColor: colours.ask,
    borderDownColor: colours.ask,
    wickDownColor: colours.ask,
    priceLineColor: colours.ink3,
    priceLineStyle: LineStyle.Dotted,
    priceFormat: {
      type: "custom" as const,
      minMove: 10 ** -priceDecimals,
      formatter: (price: number) => groupDigits(price.toFixed(priceDecimals)),
    },
  };
}

const YEAR = new Intl.DateTimeFormat("en-GB", { year: "numeric" });
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "short" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const MINUTE = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECOND = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** Local time, as the tape and the order tables have it. */
function tickText(seconds: number, type: TickMarkType): string {
  const format = {
    [TickMarkType.Year]: YEAR,
    [TickMarkType.Month]: MONTH,
    [TickMarkType.DayOfMonth]: DAY,
    [TickMarkType.Time]: MINUTE,
    [TickMarkType.TimeWithSeconds]: SECOND,
  }[type];
  return format.format(seconds * 1_000);
}

function crosshairText(seconds: number): string {
  return FULL.format(seconds * 1_000);
}

function rgbOf(css: string): string {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (context === null) return css;
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}
