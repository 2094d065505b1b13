import { FRAME } from "../../engine/book-frame";
import { splitDecimal } from "../../lib/format";
import { formatUnits } from "../../lib/whole-units";

/** How the numbers of a frame are written. */
export interface BookNumbers {
  priceDecimals: number;
  qtyDecimals: number;
  /** Own open quantity by price group, quantity units. */
  own: ReadonlyMap<number, number>;
}

/** One row of fixed DOM. Each part remembers what it shows and is touched only when that changes. */
class BookRow {
  readonly element = document.createElement("div");
  price = Number.NaN;
  private qty = Number.NaN;
  private sum = Number.NaN;
  private share = -1;
  private isOwn = false;
  private readonly bar = part("bar");
  private readonly whole = document.createTextNode("");
  private readonly decimals = part("dec");
  private readonly qtyText = document.createTextNode("");
  private readonly sumText = document.createTextNode("");
  private readonly own: HTMLSpanElement;

  constructor(ownLabel: string) {
    this.element.className = "book-row";
    this.element.role = "row";
    this.bar.ariaHidden = "true";
    const price = cell("book-price");
    this.own = part("own-mark");
    this.own.hidden = true;
    this.own.append(hiddenWord(ownLabel));
    price.append(this.own, this.whole, this.decimals);
    const qty = cell("book-qty");
    qty.append(this.qtyText);
    const sum = cell("book-sum");
    sum.append(this.sumText);
    this.element.append(this.bar, price, qty, sum);
  }

  draw(frame: Float64Array, at: number, deepest: number, numbers: BookNumbers): void {
    const [price, qty, sum] = [frame[at]!, frame[at + 1]!, frame[at + 2]!];
    if (Number.isNaN(this.price)) this.element.classList.remove("vacant");
    if (price !== this.price) {
      const text = splitDecimal(formatUnits(price, numbers.priceDecimals));
      this.whole.data = text.whole;
      this.decimals.textContent = text.decimals;
      this.price = price;
    }
    if (qty !== this.qty) this.qtyText.data = formatUnits(qty, numbers.qtyDecimals);
    if (sum !== this.sum) this.sumText.data = formatUnits(sum, numbers.qtyDecimals);
    this.qty = qty;
    this.sum = sum;
    this.drawBar(deepest === 0 ? 0 : sum / deepest);
    const isOwn = numbers.own.has(price);
    if (isOwn !== this.isOwn) {
      this.isOwn = isOwn;
      this.own.hidden = !isOwn;
      this.element.classList.toggle("own", isOwn);
    }
  }

  clear(): void {
    if (Number.isNaN(this.price)) return;
    this.price = Number.NaN;
    this.qty = Number.NaN;
    this.sum = Number.NaN;
    this.isOwn = false;
    this.whole.data = "";
    this.decimals.textContent = "";
    this.qtyText.data = "";
    this.sumText.data = "";
    this.own.hidden = true;
    this.element.classList.remove("own");
    this.element.classList.add("vacant");
    this.drawBar(0);
  }

  private drawBar(share: number): void {
    const rounded = Math.round(share * 1_000) / 1_000;
    if (rounded === this.share) return;
    this.share = rounded;
    this.bar.style.transform = `scaleX(${rounded})`;
  }
}

/** The rows of one side, best first in the DOM; the style sheet turns the asks upside down. */
export class BookRows {
  private readonly rows: BookRow[] = [];

  constructor(
    private readonly host: HTMLElement,
    private readonly isBid: boolean,
    private readonly ownLabel: string,
  ) {}

  setCount(count: number): void {
    while (this.rows.length < count) {
      const row = new BookRow(this.ownLabel);
      row.element.classList.add("vacant");
      this.rows.push(row);
      this.host.append(row.element);
    }
    while (this.rows.length > count) this.rows.pop()?.element.remove();
  }

  draw(frame: Float64Array, deepest: number, numbers: BookNumbers): void {
    const bids = frame[FRAME.BIDS]!;
    const count = this.isBid ? bids : frame[FRAME.ASKS]!;
    const start = FRAME.HEADER + (this.isBid ? 0 : bids * FRAME.ROW);
    this.rows.forEach((row, index) => {
      if (index < count) row.draw(frame, start + index * FRAME.ROW, deepest, numbers);
      else row.clear();
    });
  }

  /** The price of the row an event happened on, null beside the rows or on a vacant one. */
  priceAt(target: EventTarget | null): number | null {
    const element = (target as HTMLElement | null)?.closest(".book-row");
    const row = this.rows.find((one) => one.element === element);
    return row === undefined || Number.isNaN(row.price) ? null : row.price;
  }
}

/** The largest cumulative quantity among the rows shown, so that both sides share one scale. */
export function deepestShown(frame: Float64Array, rows: number): number {
  const bids = frame[FRAME.BIDS]!;
  const lastBid = Math.min(bids, rows) - 1;
  const lastAsk = Math.min(frame[FRAME.ASKS]!, rows) - 1;
  const bid = lastBid < 0 ? 0 : frame[FRAME.HEADER + lastBid * FRAME.ROW + 2]!;
  const ask = lastAsk < 0 ? 0 : frame[FRAME.HEADER + (bids + lastAsk) * FRAME.ROW + 2]!;
  return Math.max(bid, ask);
}

function part(className: string): HTMLSpanElement {
  const element = document.createElement("span");
  element.className = className;
  return element;
}

function cell(className: string): HTMLSpanElement {
  const element = part(`num ${className}`);
  element.role = "cell";
  return element;
}

function hiddenWord(text: string): HTMLSpanElement {
  const element = part("unseen");
  element.textContent = `${text} `;
  return element;
}
