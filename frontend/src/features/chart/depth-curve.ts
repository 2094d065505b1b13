import { DEPTH } from "../../engine/depth-frame";

/** What can be bought or sold by going to `price`, in quantity units. */
export interface DepthAt {
  isBid: boolean;
  price: number;
  qty: number;
}

/** A reader of one depth frame. Prices and quantities are whole units. */
export class DepthCurve {
  readonly bids: number;
  readonly asks: number;

  constructor(private readonly frame: Float64Array) {
    this.bids = frame[DEPTH.BIDS]!;
    this.asks = frame[DEPTH.ASKS]!;
  }

  /** Halfway between the best prices; null while a side is empty. */
  get mid(): number | null {
    if (this.bids === 0 || this.asks === 0) return null;
    return (this.price(true, 0) + this.price(false, 0)) / 2;
  }

  price(isBid: boolean, level: number): number {
    return this.frame[this.at(isBid, level)]!;
  }

  cumulative(isBid: boolean, level: number): number {
    return this.frame[this.at(isBid, level) + 1]!;
  }

  /** How far from `mid` the farther of the two sides reaches. */
  reach(mid: number): number {
    return Math.max(mid - this.price(true, this.bids - 1), this.price(false, this.asks - 1) - mid);
  }

  /** Levels of a side that are not beyond `price`. */
  levelsTo(isBid: boolean, price: number): number {
    let low = 0;
    let high = isBid ? this.bids : this.asks;
    while (low < high) {
      const middle = (low + high) >> 1;
      const isWithin = isBid
        ? this.price(true, middle) >= price
        : this.price(false, middle) <= price;
      if (isWithin) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What lies between `mid` and `price`. */
  depthAt(price: number, mid: number): DepthAt {
    const isBid = price < mid;
    const levels = this.levelsTo(isBid, price);
    return { isBid, price, qty: levels === 0 ? 0 : this.cumulative(isBid, levels - 1) };
  }

  private at(isBid: boolean, level: number): number {
    return DEPTH.HEADER + (isBid ? level : this.bids + level) * DEPTH.STEP;
  }
}
