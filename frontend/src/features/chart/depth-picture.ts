import type { ChartColours } from "./chart-options";
import type { DepthAt, DepthCurve } from "./depth-curve";

interface Texts {
  price: (units: number) => string;
  qty: (units: number) => string;
}

const FONT = "11px 'Encode Sans Numerals', sans-serif";
const AXIS_HEIGHT = 22;
const AXIS_WIDTH = 68;
const TOP = 26;
const TICKS = 4;
/** Without a choice of the user, both sides are in view up to this share of the mid price. */
const RANGE_MAX = 0.05;

/** The two staircases on a canvas; knows nothing of React. */
export class DepthPicture {
  /** Share of the mid price to each side; null: as far as the book reaches. */
  range: number | null = null;
  private readonly context: CanvasRenderingContext2D;
  private curve: DepthCurve | null = null;
  private pointedX: number | null = null;
  private width = 0;
  private height = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly colours: ChartColours,
    private readonly texts: Texts,
  ) {
    this.context = canvas.getContext("2d")!;
  }

  get rangeShown(): number {
    const mid = this.curve?.mid ?? null;
    if (this.range !== null) return this.range;
    return mid === null ? RANGE_MAX : Math.min(RANGE_MAX, this.curve!.reach(mid) / mid);
  }

  show(curve: DepthCurve): void {
    this.curve = curve;
    this.draw();
  }

  /** Marks the price under the pointer; returns what lies up to it, null outside the curves. */
  pointAt(x: number | null): DepthAt | null {
    this.pointedX = x;
    this.draw();
    const mid = this.curve?.mid ?? null;
    if (x === null || mid === null || x > this.width) return null;
    return this.curve!.depthAt(this.priceAt(x, mid), mid);
  }

  draw(): void {
    this.fit();
    const { context, colours } = this;
    context.fillStyle = colours.surface;
    context.fillRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    const mid = this.curve?.mid ?? null;
    if (this.curve === null || mid === null) return;
    const deepest = Math.max(this.deepest(true, mid), this.deepest(false, mid));
    if (deepest === 0) return;
    this.drawGrid(deepest, mid);
    this.drawSide(true, mid, deepest);
    this.drawSide(false, mid, deepest);
    this.drawPointer();
  }

  private fit(): void {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    this.width = Math.max(0, clientWidth - AXIS_WIDTH);
    this.height = Math.max(0, clientHeight - AXIS_HEIGHT);
    const [wide, high] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  private deepest(isBid: boolean, mid: number): number {
    const edge = mid * (1 + (isBid ? -1 : 1) * this.rangeShown);
    const levels = this.curve!.levelsTo(isBid, edge);
    return levels === 0 ? 0 : this.curve!.cumulative(isBid, levels - 1);
  }

  private x(price: number, mid: number): number {
    return this.width / 2 + ((price - mid) / (mid * this.rangeShown)) * (this.width / 2);
  }

  private priceAt(x: number, mid: number): number {
    return mid + ((x - this.width / 2) / (this.width / 2)) * mid * this.rangeShown;
  }

  private y(qty: number, deepest: number): number {
    return this.height - (qty / deepest) * (this.height - TOP);
  }

  private drawSide(isBid: boolean, mid: number, deepest: number): void {
    const { context, colours, height } = this;
    const curve = this.curve!;
    const edge = isBid ? 0 : this.width;
    const levels = curve.levelsTo(isBid, this.priceAt(edge, mid));
    context.beginPath();
    context.moveTo(this.x(curve.price(isBid, 0), mid), height);
    let y = height;
    for (let level = 0; level < levels; level += 1) {
      const x = this.x(curve.price(isBid, level), mid);
      context.lineTo(x, y);
      y = this.y(curve.cumulative(isBid, level), deepest);
      context.lineTo(x, y);
    }
    context.lineTo(edge, y);
    context.strokeStyle = isBid ? colours.bid : colours.ask;
    context.lineWidth = 1.5;
    // Bids are drawn through, asks dashed: the sides differ by more than colour.
    context.setLineDash(isBid ? [] : [5, 2]);
    context.stroke();
    context.setLineDash([]);
    context.lineTo(edge, height);
    context.fillStyle = isBid ? colours.bidSoft : colours.askSoft;
    context.globalAlpha = 0.5;
    context.fill();
    context.globalAlpha = 1;
  }

  private drawGrid(deepest: number, mid: number): void {
    const { context, colours, width, height, texts } = this;
    context.font = FONT;
    context.strokeStyle = colours.hairline;
    context.lineWidth = 1;
    context.fillStyle = colours.ink3;
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (let tick = 1; tick <= TICKS; tick += 1) {
      const y = Math.round(this.y((deepest * tick) / TICKS, deepest)) + 0.5;
      context.beginPath();
      context.moveTo(0, y);
      context.lineTo(width, y);
      context.stroke();
      context.fillText(texts.qty(Math.round((deepest * tick) / TICKS)), width + 6, y);
    }
    context.textAlign = "center";
    for (const share of [-0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75]) {
      const price = mid * (1 + share * this.rangeShown);
      context.fillText(texts.price(price), this.x(price, mid), height + AXIS_HEIGHT / 2);
    }
  }

  private drawPointer(): void {
    const { context, colours, pointedX: x, height } = this;
    if (x === null || x > this.width) return;
    context.strokeStyle = colours.ink3;
    context.setLineDash([1, 3]);
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, TOP);
    context.lineTo(Math.round(x) + 0.5, height);
    context.stroke();
    context.setLineDash([]);
  }
}
