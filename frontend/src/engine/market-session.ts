import type { BookDelta, BookSnapshot, Candle, Interval, Trade } from "../api/types";
import { Book } from "./book";
import { CandleSeries, encodeBar } from "./candle-series";
import type { Topic } from "./publisher";
import type { WireMessage } from "./socket";
import { Tape } from "./tape";

const HISTORY_BARS = 500;
const RECENT_TRADES = 60;
const HISTORY_RETRY_MS = 3_000;
/** A snapshot asked for and not delivered in this time is asked for again. */
const RESYNC_RETRY_MS = 2_000;
/** The exchange may refuse a subscription while it starts: it is asked again. */
const REFUSED_RETRY_MS = 2_000;

export interface MarketOutlet {
  send(request: WireMessage, answered?: (answer: WireMessage) => void): void;
  mark(topic: Topic): void;
  candles(interval: Interval, replace: boolean, bars: Float64Array): void;
  candlesFailed(interval: Interval): void;
  stateChanged(): void;
  fetchJson(path: string): Promise<unknown>;
}

export interface MarketChoice {
  symbol: string;
  priceDecimals: number;
  qtyDecimals: number;
  interval: Interval;
}

/** Everything public of the one instrument on screen. */
export class MarketSession {
  readonly book: Book;
  readonly tape: Tape;
  readonly symbol: string;
  interval: Interval;
  private series = new CandleSeries();
  private changedBar: Candle | null = null;
  private resyncTimer: ReturnType<typeof setTimeout> | null = null;
  private historyKnown = false;
  private loadingOlder = false;
  private exhausted = false;
  private ended = false;

  constructor(
    choice: MarketChoice,
    private readonly outlet: MarketOutlet,
  ) {
    this.symbol = choice.symbol;
    this.interval = choice.interval;
    this.book = new Book(choice.priceDecimals, choice.qtyDecimals);
    this.tape = new Tape(choice.priceDecimals, choice.qtyDecimals);
  }

  subscribe(): void {
    this.subscribeTo({ channel: "book", symbol: this.symbol });
    this.subscribeTo({ channel: "trades", symbol: this.symbol });
    this.subscribeCandles();
    void this.loadTrades();
  }

  unsubscribe(): void {
    this.ended = true;
    if (this.resyncTimer !== null) clearTimeout(this.resyncTimer);
    this.outlet.send({ op: "unsubscribe", channel: "book", symbol: this.symbol });
    this.outlet.send({ op: "unsubscribe", channel: "trades", symbol: this.symbol });
    this.unsubscribeCandles();
  }

  disconnected(): void {
    this.book.markStale();
    this.outlet.mark("book");
  }

  changeInterval(interval: Interval): void {
    this.unsubscribeCandles();
    this.interval = interval;
    this.series = new CandleSeries();
    this.changedBar = null;
    this.exhausted = false;
    this.historyKnown = false;
    this.subscribeCandles();
  }

  /** True if the message was of this instrument. */
  message(message: WireMessage): boolean {
    if (message.symbol !== this.symbol) return false;
    if (message.channel === "book") this.bookMessage(message);
    else if (message.channel === "trades") this.addTrades((message.trades ?? []) as Trade[]);
    else if (message.channel === "candles") this.candleMessage(message);
    else return false;
    return true;
  }

  /** The bar that changed since the last call, ready to send; null if none did. */
  takeChangedBar(): Float64Array | null {
    const candle = this.changedBar;
    this.changedBar = null;
    return candle === null ? null : encodeBar(candle);
  }

  /** For a chart that has just appeared; one that waits for the history gets it when it arrives. */
  sendAllCandles(): void {
    if (!this.historyKnown) return;
    this.outlet.candles(this.interval, true, this.series.encodeAll());
  }

  async loadOlderCandles(): Promise<void> {
    const before = this.series.oldestOpenNs;
    if (this.loadingOlder || this.exhausted || before === null) return;
    this.loadingOlder = true;
    await this.loadCandles(`&end_ns=${BigInt(before) - 1n}`);
    this.loadingOlder = false;
    this.exhausted = this.series.isFull || this.series.oldestOpenNs === before;
  }

  private bookMessage(message: WireMessage): void {
    const stateBefore = this.book.state;
    if (message.type === "snapshot") {
      if (this.resyncTimer !== null) clearTimeout(this.resyncTimer);
      this.resyncTimer = null;
      if (!this.book.applySnapshot(message as unknown as BookSnapshot)) this.resync();
    } else if (this.book.applyDelta(message as unknown as BookDelta) === "gap") {
      this.resync();
    }
    this.outlet.mark("book");
    this.outlet.mark("quote");
    if (this.book.state !== stateBefore) this.outlet.stateChanged();
  }

  /** A subscription begins with a snapshot, so a new one is how a snapshot is asked for. */
  private resync(): void {
    this.outlet.send({ op: "unsubscribe", channel: "book", symbol: this.symbol });
    this.subscribeTo({ channel: "book", symbol: this.symbol });
    if (this.resyncTimer !== null) clearTimeout(this.resyncTimer);
    this.resyncTimer = setTimeout(() => {
      if (!this.ended && this.book.state === "stale") this.resync();
    }, RESYNC_RETRY_MS);
  }

  private addTrades(trades: Trade[]): void {
    this.tape.add(trades);
    this.outlet.mark("tape");
  }

  private candleMessage(message: WireMessage): void {
    if (message.interval !== this.interval) return;
    const candles = (message.candles ?? [message.candle]) as (Candle | undefined)[];
    for (const candle of candles) {
      if (candle === undefined || !this.series.merge(candle)) continue;
      const replaced = this.changedBar;
      this.changedBar = candle;
      // The bar just closed is sent before the new one overwrites it.
      if (replaced !== null && replaced.ts_open_ns !== candle.ts_open_ns) {
        this.outlet.candles(this.interval, false, encodeBar(replaced));
      }
    }
    this.outlet.mark("candle");
  }

  private subscribeCandles(): void {
    this.subscribeTo({ channel: "candles", symbol: this.symbol, interval: this.interval });
    void this.loadCandles("");
  }

  private subscribeTo(topic: WireMessage): void {
    const isWanted = () => !this.ended && (topic.interval ?? this.interval) === this.interval;
    this.outlet.send({ op: "subscribe", ...topic }, (answer) => {
      if (answer.ok === true) return;
      setTimeout(() => isWanted() && this.subscribeTo(topic), REFUSED_RETRY_MS);
    });
  }

  private unsubscribeCandles(): void {
    this.outlet.send({
      op: "unsubscribe",
      channel: "candles",
      symbol: this.symbol,
      interval: this.interval,
    });
  }

  private async loadTrades(): Promise<void> {
    const path = `/trades?symbol=${encodeURIComponent(this.symbol)}&limit=${RECENT_TRADES}`;
    const answer = await this.outlet.fetchJson(path).catch(() => null);
    if (answer !== null && !this.ended) this.addTrades(answer as Trade[]);
  }

  private async loadCandles(range: string): Promise<void> {
    const { interval, series } = this;
    const path =
      `/candles?symbol=${encodeURIComponent(this.symbol)}&interval=${interval}` +
      `&limit=${HISTORY_BARS}${range}`;
    const answer = await this.outlet.fetchJson(path).catch(() => null);
    if (this.ended || this.series !== series) return;
    if (answer === null) {
      this.outlet.candlesFailed(interval);
      if (range === "") setTimeout(() => this.retryCandles(series), HISTORY_RETRY_MS);
      return;
    }
    for (const candle of (answer as { candles: Candle[] }).candles) series.merge(candle);
    this.historyKnown = true;
    this.outlet.candles(interval, true, series.encodeAll());
  }

  private retryCandles(series: CandleSeries): void {
    if (!this.ended && this.series === series) void this.loadCandles("");
  }
}
