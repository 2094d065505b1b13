import type { Candle } from "../api/types";

/** One bar as it crosses to the main thread: [open time s, open, high, low, close, volume]. */
export const BAR = { TIME: 0, OPEN: 1, HIGH: 2, LOW: 3, CLOSE: 4, VOLUME: 5, FIELDS: 6 } as const;

/** Bars drawn at most: no older ones are asked for. */
const BARS_MAX = 5_000;

/**
 * Bars of one instrument and interval by open time. History and live updates may arrive in any order and
 * overlap: of two with one open time the one with more trades is the newer.
 */
export class CandleSeries {
  private readonly candles = new Map<string, Candle>();

  get isFull(): boolean {
    return this.candles.size >= BARS_MAX;
  }

  get oldestOpenNs(): string | null {
    return this.sorted()[0]?.ts_open_ns ?? null;
  }

  /** True if anything changed. */
  merge(candle: Candle): boolean {
    const known = this.candles.get(candle.ts_open_ns);
    if (known !== undefined && known.trades > candle.trades) return false;
    this.candles.set(candle.ts_open_ns, candle);
    return true;
  }

  encodeAll(): Float64Array {
    const all = this.sorted().slice(-BARS_MAX);
    const bars = new Float64Array(all.length * BAR.FIELDS);
    all.forEach((candle, index) => {
      writeBar(candle, bars, index * BAR.FIELDS);
    });
    return bars;
  }

  private sorted(): Candle[] {
    return [...this.candles.values()].sort(byOpenTime);
  }
}

export function encodeBar(candle: Candle): Float64Array {
  const bar = new Float64Array(BAR.FIELDS);
  writeBar(candle, bar, 0);
  return bar;
}

function byOpenTime(a: Candle, b: Candle): number {
  const difference = BigInt(a.ts_open_ns) - BigInt(b.ts_open_ns);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Doubles, because a chart draws pixels; no order is ever made from these. */
function writeBar(candle: Candle, bars: Float64Array, at: number): void {
  bars[at + BAR.TIME] = Number(BigInt(candle.ts_open_ns) / 1_000_000_000n);
  bars[at + BAR.OPEN] = Number(candle.open);
  bars[at + BAR.HIGH] = Number(candle.high);
  bars[at + BAR.LOW] = Number(candle.low);
  bars[at + BAR.CLOSE] = Number(candle.close);
  bars[at + BAR.VOLUME] = Number(candle.volume);
}
