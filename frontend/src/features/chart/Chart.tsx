import { useEffect, useMemo, useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Order } from "../../api/types";
import { onCandles } from "../../bridge/engine-link";
import { t } from "../../i18n/translate";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { compactDecimal, groupDigits } from "../../lib/format";
import { useInstrument } from "../../state/market";
import { amendOne, useOrders } from "../../state/orders";
import { usePreferences } from "../../state/preferences";
import { useTheme } from "../../state/theme";
import { showToast } from "../../state/toasts";
import { type Bar, CandleChart, type OwnLine } from "./candle-chart";
import type { LegendEntry } from "./indicator-series";
import { nearestPrice } from "./nearest-price";

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
  const [chart, setChart] = useState<CandleChart | null>(null);
  const [state, setState] = useState<"loading" | "failed" | "empty" | "shown">("loading");
  const theme = useTheme();
  const lines = useOwnLines(spec);
  const indicators = usePreferences((preferences) => preferences.indicators);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is another chart, drawn at once
  useEffect(() => {
    const made = new CandleChart(host.current!, spec.priceDecimals, {
      barChanged: (bar, legend) => drawFigures(figures.current, bar, legend, spec),
      orderMoved: (orderId, price) => void moveOrder(orderId, price, spec),
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
  }, [spec, theme]);

  useEffect(() => chart?.drawOwnOrders(lines), [chart, lines]);
  useEffect(() => chart?.chooseIndicators(indicators), [chart, indicators]);

  return (
    <div className="chart">
      <div className="chart-figures num" aria-hidden="true" ref={figures} />
      <div
        className="chart-host"
        role="img"
        aria-label={t("chart.label", { symbol: spec.symbol, interval })}
        ref={host}
      />
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
  return useMemo(() => ownLines([...open.values()], spec), [open, spec]);
}

/** One line a side and price, with the quantity of all orders there. */
function ownLines(orders: readonly Order[], spec: InstrumentSpec): OwnLine[] {
  const byPlace = new Map<string, { order: Order; qty: bigint; count: number }>();
  for (const order of orders) {
    if (order.symbol !== spec.symbol || order.price === null) continue;
    const place = `${order.side} ${order.price}`;
    const before = byPlace.get(place);
    const qty = (before?.qty ?? 0n) + fixedFromServer(order.leaves_qty, spec.qtyDecimals);
    byPlace.set(place, { order, qty, count: (before?.count ?? 0) + 1 });
  }
  return [...byPlace.values()].map(({ order, qty, count }) => ({
    // Of several orders on one line none is meant, and a pair cannot be changed.
    orderId: count === 1 && order.list_id === null ? order.order_id : null,
    price: Number(order.price),
    title: t(order.side === "buy" ? "chart.ownBuy" : "chart.ownSell", {
      qty: trimFixed(qty, spec.qtyDecimals),
    }),
  }));
}

/** An order's line was let go at `price`: the order gets the nearest price the market takes. */
async function moveOrder(orderId: number, price: number, spec: InstrumentSpec): Promise<void> {
  const order = useOrders.getState().open.get(orderId);
  if (order === undefined) return;
  const text = nearestPrice(price, spec);
  if (text === order.price) return;
  const refused = await amendOne(order, { price: text });
  if (refused !== null) showToast("warning", refused);
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
