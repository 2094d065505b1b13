import { type PointerEvent, useEffect, useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { depthFrames, watchDepth } from "../../bridge/engine-link";
import { t } from "../../i18n/translate";
import { groupDigits } from "../../lib/format";
import { formatUnits } from "../../lib/whole-units";
import { useInstrument } from "../../state/market";
import { usePreferences } from "../../state/preferences";
import { useTheme } from "../../state/theme";
import { readColours } from "./chart-options";
import { DepthCurve } from "./depth-curve";
import { DepthPicture } from "./depth-picture";

/** Shares of the mid price shown to each side, nearest first; the last one that holds the book is the default. */
const RANGES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25] as const;

/** What the whole book comes to at each price. */
export default function DepthChart() {
  const spec = useInstrument();
  if (spec === null) return <div className="empty">{t("book.loading")}</div>;
  return <Depth key={spec.symbol} spec={spec} />;
}

function Depth({ spec }: { spec: InstrumentSpec }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const figures = useRef<HTMLDivElement>(null);
  const picture = useRef<DepthPicture | null>(null);
  const [range, setRange] = useState<number | null>(null);
  const theme = useTheme();
  const palette = usePreferences((preferences) => preferences.palette);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is other colours
  useEffect(() => {
    const made = new DepthPicture(canvas.current!, readColours(), {
      price: (units) => groupDigits(formatUnits(Math.round(units), spec.priceDecimals)),
      qty: (units) => formatUnits(units, spec.qtyDecimals),
    });
    made.range = range;
    picture.current = made;
    watchDepth(true);
    const stop = depthFrames.subscribe((frame) => made.show(new DepthCurve(frame)));
    const resized = new ResizeObserver(() => made.draw());
    resized.observe(canvas.current!);
    return () => {
      stop();
      resized.disconnect();
      watchDepth(false);
    };
  }, [spec, theme, palette]);

  function choose(step: -1 | 1): void {
    const made = picture.current;
    if (made === null) return;
    const now = RANGES.findIndex((one) => one >= made.rangeShown);
    const next = RANGES[Math.min(RANGES.length - 1, Math.max(0, now + step))]!;
    made.range = next;
    made.draw();
    setRange(next);
  }

  function pointed(event: PointerEvent): void {
    const x = event.nativeEvent.offsetX;
    const at = picture.current?.pointAt(event.type === "pointerleave" ? null : x) ?? null;
    if (figures.current === null) return;
    figures.current.textContent =
      at === null
        ? ""
        : t(at.isBid ? "depth.bids" : "depth.asks", {
            qty: `${formatUnits(at.qty, spec.qtyDecimals)} ${spec.base}`,
            price: groupDigits(formatUnits(Math.round(at.price), spec.priceDecimals)),
          });
  }

  return (
    <div className="chart">
      <div className="chart-figures num" aria-hidden="true" ref={figures} />
      <canvas
        className="depth-canvas"
        role="img"
        aria-label={t("depth.label", { symbol: spec.symbol })}
        ref={canvas}
        onPointerMove={pointed}
        onPointerLeave={pointed}
      />
      <div className="depth-zoom">
        <button type="button" className="row-button" onClick={() => choose(-1)}>
          <span aria-hidden="true">+</span>
          <span className="unseen">{t("depth.closer")}</span>
        </button>
        <button type="button" className="row-button" onClick={() => choose(1)}>
          <span aria-hidden="true">−</span>
          <span className="unseen">{t("depth.wider")}</span>
        </button>
      </div>
    </div>
  );
}
