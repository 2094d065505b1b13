import { useEffect, useState } from "react";
import { getCandles } from "../../api/endpoints";

/** A day in half hours: enough to see which way a market went. */
const INTERVAL = "30m";
const CANDLES = 48;

/** Closing prices of the last day by market, oldest first; loaded once for each market shown. */
export function useDayCloses(symbols: readonly string[]): Readonly<Record<string, number[]>> {
  const [closes, setCloses] = useState<Record<string, number[]>>({});
  const wanted = symbols.join(" ");
  useEffect(() => {
    let isShown = true;
    for (const symbol of wanted.split(" ").filter(Boolean)) {
      getCandles(symbol, INTERVAL, CANDLES).then(
        ({ candles }) => {
          if (!isShown) return;
          // A line of a few pixels needs no exactness: here a price may become a float.
          const points = candles.map((candle) => Number(candle.close));
          setCloses((known) => ({ ...known, [symbol]: points }));
        },
        () => undefined, // The line stays away; prices and figures come another way.
      );
    }
    return () => {
      isShown = false;
    };
  }, [wanted]);
  return closes;
}

/** Where a line through `values` runs in a box of `width` × `height`, as an SVG path; "" with fewer than two. */
export function linePath(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = high - low || 1;
  const points = values.map((value, at) => {
    const x = (at / (values.length - 1)) * width;
    const y = height - ((value - low) / range) * height;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}
