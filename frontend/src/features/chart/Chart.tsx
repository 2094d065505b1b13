import { useEffect, useMemo, useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Order } from "../../api/types";
import { onCandles } from "../../bridge/engine-link";
import { t } from "../../i18n/translate";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { compactDecimal, groupDigits } from "../../lib/format";
import { useInstrument } from "../../state/market";
import { useOrders } from "../../state/orders";
import { usePreferences } from "../../state/preferences";
import { useTheme } from "../../state/theme";
import { type Bar, CandleChart, type OwnLine } from "./candle-chart";

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

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is another chart, drawn at once
  useEffect(() => {
    const made = new CandleChart(host.current!, spec.priceDecimals, (bar) =>
      drawFigures(figures.current, bar, spec),
    );
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
  const byPlace = new Map<string, { order: Order; qty: bigint }>();
  for (const order of orders) {
    if (order.symbol !== spec.symbol || order.price === null) continue;
    const place = `${order.side} ${order.price}`;
    const before = byPlace.get(place)?.qty ?? 0n;
    const qty = before + fixedFromServer(order.leaves_qty, spec.qtyDecimals);
    byPlace.set(place, { order, qty });
  }
  return [...byPlace.values()].map(({ order, qty }) => ({
    price: Number(order.price),
    title: t(order.side === "buy" ? "chart.ownBuy" : "chart.ownSell", {
      qty: trimFixed(qty, spec.qtyDecimals),
    }),
  }));
}

/** Written straight into the page: it follows the pointer. */
function drawFigures(host: HTMLDivElement | null, bar: Bar | null, spec: InstrumentSpec): void {
  if (host === null) return;
  if (bar === null) {
    host.replaceChildren();
    return;
  }
  const price = (value: number) => groupDigits(value.toFixed(spec.priceDecimals));
  const tone = bar.close >= bar.open ? "bid" : "ask";
  const parts: [string, string][] = [
    [t("chart.open"), price(bar.open)],
    [t("chart.high"), price(bar.high)],
    [t("chart.low"), price(bar.low)],
    [t("chart.close"), price(bar.close)],
    [t("chart.volume"), `${compactDecimal(bar.volume.toFixed(spec.qtyDecimals))} ${spec.base}`],
  ];
  host.replaceChildren(
    ...parts.map(([name, value]) => {
      const figure = document.createElement("span");
      const number = document.createElement("b");
      number.textContent = value;
      number.className = tone;
      figure.append(`${name} `, number);
      return figure;
    }),
  );
}
