import { BAR } from "../../engine/candle-series";

/** The bars on the chart in columns, oldest first: what indicators are made of. Times in Unix seconds. */
export class BarTable {
  private rows: number[][] = [];

  get length(): number {
    return this.rows.length;
  }

  replace(bars: Float64Array): void {
    this.rows = [];
    for (let at = 0; at < bars.length; at += BAR.FIELDS) this.rows.push(rowAt(bars, at));
  }

  /** Sets bars that changed or are new; one before the first is left out. */
  update(bars: Float64Array): void {
    for (let at = 0; at < bars.length; at += BAR.FIELDS) this.set(rowAt(bars, at));
  }

  /** When the bar began that holds a time; null before the first, and without bars. */
  openOf(timeS: number): number | null {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle]![BAR.TIME]! <= timeS) low = middle + 1;
      else high = middle;
    }
    return this.rows[low - 1]?.[BAR.TIME] ?? null;
  }

  column(field: number): Float64Array {
    return Float64Array.from(this.rows, (row) => row[field]!);
  }

  private set(row: number[]): void {
    let at = this.rows.length;
    while (at > 0 && this.rows[at - 1]![BAR.TIME]! >= row[BAR.TIME]!) at -= 1;
    const isKnown = this.rows[at]?.[BAR.TIME] === row[BAR.TIME];
    if (isKnown) this.rows[at] = row;
    else if (at > 0 || this.rows.length === 0) this.rows.splice(at, 0, row);
  }
}

function rowAt(bars: Float64Array, at: number): number[] {
  return Array.from(bars.subarray(at, at + BAR.FIELDS));
}
