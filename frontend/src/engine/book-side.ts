/** One side of a book: price levels in whole units, best first. */
export class BookSide {
  /** Best first: descending for bids, ascending for asks. */
  readonly prices: number[] = [];
  readonly qtys: number[] = [];
  private readonly direction: 1 | -1;

  constructor(readonly isBid: boolean) {
    this.direction = isBid ? -1 : 1;
  }

  clear(): void {
    this.prices.length = 0;
    this.qtys.length = 0;
  }

  /** Sets a level to an absolute quantity; 0 removes it. */
  set(price: number, qty: number): void {
    const at = this.position(price);
    const found = this.prices[at] === price;
    if (qty === 0) {
      if (!found) return;
      this.prices.splice(at, 1);
      this.qtys.splice(at, 1);
    } else if (found) {
      this.qtys[at] = qty;
    } else {
      this.prices.splice(at, 0, price);
      this.qtys.splice(at, 0, qty);
    }
  }

  /** Index of the first level not better than `price`. */
  private position(price: number): number {
    let low = 0;
    let high = this.prices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.prices[middle]! - price) * this.direction < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
