import { useEffect, useMemo, useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { onCandles } from "../../bridge/engine-link";
import { t } from "../../i18n/translate";
import { compactDecimal, groupDigits } from "../../lib/format";
import { useInstrument } from "../../state/market";
import { amendOne, useOrders } from "../../state/orders";
import { usePreferences } from "../../state/preferences";
import { useTheme } from "../../state/theme";
import { showToast } from "../../state/toasts";
import { type Bar, CandleChart, type OwnLine } from "./candle-chart";
import type { LegendEntry } from "./indicator-series";
import { nearestPrice } from "./nearest-price";
import { ownLines } from "./own-lines";

/** Candles with volume, own open orders as lines, and the figures of the bar under the pointer. */
export default function Chart() {
  const spec = useInstrument();
  const interval = usePreferences((preferences) => preferences.interval);
  if (spec === null) return <div className="empty">{t("chart.loading")}</div>;
  return <Candles key={`${spec.symbol} ${interval}`} spec={spec} interval={interval} />;
}

function Candles({ spec, interval }: { spec: InstrumentSpec; interval: string }) {
  const host = useRef<HTMLDivElement>(null);
  const figures = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<CandleChart | null>(null);
  const [state, setState] = useState<"loading" | "failed" | "empty" | "shown">("loading");
  const theme = useTheme();
  const palette = usePreferences((preferences) => preferences.palette);
  const lines = useOwnLines(spec);
  const fills = useOrders((orders) => orders.fills);
  const indicators = usePreferences((preferences) => preferences.indicators);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is another chart, drawn at once
  useEffect(() => {
    const made = new CandleChart(host.current!, spec, {
      barChanged: (bar, legend) => drawFigures(figures.current, bar, legend, spec),
      orderMoved: (orderId, term, price) => void moveOrder(orderId, term, price, spec),
      fillPointed: (text, x, y) => drawTip(tip.current, text, x, y),
    });
    setChart(made);
    const stop = onCandles((update) => {
      if (update.failed) {
        if (made.isEmpty) setState("failed");
        return;
      }
      made.show(update.bars, update.replace);
      setState(made.isEmpty ? "empty" : "shown");
    });
    return () => {
      stop();
      made.remove();
    };
  }, [spec, theme, palette]);

  useEffect(() => chart?.drawOwnOrders(lines), [chart, lines]);
  useEffect(() => chart?.drawFills(fills), [chart, fills]);
  useEffect(() => void chart?.chooseIndicators(indicators), [chart, indicators]);

  return (
    <div className="chart">
      <div className="chart-figures num" aria-hidden="true" ref={figures} />
      <div
        className="chart-host"
        role="img"
        aria-label={t("chart.label", { symbol: spec.symbol, interval })}
        ref={host}
      />
      <div className="chart-tip num" aria-hidden="true" ref={tip} hidden />
      {state !== "shown" && (
        <p className="chart-state" role="status">
          {t(`chart.${state}`)}
        </p>
      )}
    </div>
  );
}

function useOwnLines(spec: InstrumentSpec): OwnLine[] {
  const open = useOrders((orders) => orders.open);
  return useMemo(() => ownLines(open.values(), spec), [open, spec]);
}

/** An order's line was let go at `price`: the order gets the nearest price the market takes. */
async function moveOrder(
  orderId: number,
  term: OwnLine["term"],
  price: number,
  spec: InstrumentSpec,
): Promise<void> {
  const order = useOrders.getState().open.get(orderId);
  if (order === undefined) return;
  const text = nearestPrice(price, spec);
  if (text === (term === "price" ? order.price : order.trigger_price)) return;
  const change = term === "price" ? { price: text } : { trigger_price: text };
  const refused = await amendOne(order, change);
  if (refused !== null) showToast("warning", refused);
}

/** Beside the arrow it speaks of, within the chart. */
function drawTip(host: HTMLDivElement | null, text: string | null, x: number, y: number): void {
  if (host === null) return;
  host.hidden = text === null;
  if (text === null) return;
  host.textContent = text;
  const room = host.parentElement!.clientWidth - host.offsetWidth - 4;
  host.style.transform = `translate(${Math.max(4, Math.min(x + 12, room))}px, ${y}px)`;
}

/** Written straight into the page: it follows the pointer. */
function drawFigures(
  host: HTMLDivElement | null,
  bar: Bar | null,
  legend: readonly LegendEntry[],
  spec: InstrumentSpec,
): void {
  if (host === null) return;
  if (bar === null) {
    host.replaceChildren();
    return;
  }
  const price = (value: number) => groupDigits(value.toFixed(spec.priceDecimals));
  const tone = bar.close >= bar.open ? "bid" : "ask";
  const lines = legend.map(({ label, colour, value }) =>
    figure(label, groupDigits(value.toFixed(spec.priceDecimals)), (text) => {
      text.style.color = colour;
    }),
  );
  const parts: [string, string][] = [
    [t("chart.open"), price(bar.open)],
    [t("chart.high"), price(bar.high)],
    [t("chart.low"), price(bar.low)],
    [t("chart.close"), price(bar.close)],
    [t("chart.volume"), `${compactDecimal(bar.volume.toFixed(spec.qtyDecimals))} ${spec.base}`],
  ];
  const own = parts.map(([name, value]) =>
    figure(name, value, (text) => {
      text.className = tone;
    }),
  );
  host.replaceChildren(...own, ...lines);
}

function figure(name: string, value: string, dress: (text: HTMLElement) => void): HTMLElement {
  const whole = document.createElement("span");
  const text = document.createElement("b");
  text.textContent = value;
  dress(text);
  whole.append(`${name} `, text);
  return whole;
}
