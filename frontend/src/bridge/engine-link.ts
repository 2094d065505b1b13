import type { Instrument, Interval, Ticker, VenueStatus } from "../api/types";
import type { Quote, QuoteRequest } from "../engine/market-quote";
import type {
  ConnectionStatus,
  EngineMessage,
  EngineRequest,
  PrivateMessage,
} from "../engine/protocol";
import { FrameSlot } from "./frames";

/** The main thread's side of the worker. Fast pictures go to slots, the rest to the listener. */

export interface EngineListener {
  connection(status: ConnectionStatus): void;
  tickers(tickers: Ticker[]): void;
  instruments(instruments: Instrument[], venueStatus: VenueStatus): void;
  private(message: PrivateMessage): void;
  unauthorized(): void;
}

export interface CandleUpdate {
  symbol: string;
  interval: Interval;
  /** All bars, not one changed bar. */
  replace: boolean;
  /** The history could not be loaded; it is being asked for again. */
  failed: boolean;
  bars: Float64Array;
}

export interface MarketSelection {
  symbol: string;
  priceDecimals: number;
  qtyDecimals: number;
  interval: Interval;
  step: number;
}

export const bookFrames = new FrameSlot<Float64Array>();
export const depthFrames = new FrameSlot<Float64Array>();
export const tapeFrames = new FrameSlot<Float64Array>();

const candleListeners = new Set<(update: CandleUpdate) => void>();
const quoteListeners = new Set<(quote: Quote | null) => void>();

let worker: Worker | null = null;
/** What was asked before there was a worker. A page that needs none asks for little: a token, now and then. */
let unsent: EngineRequest[] = [];
let selection: MarketSelection | null = null;

export function startEngine(listener: EngineListener): void {
  worker = new Worker(new URL("../engine/worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = (event: MessageEvent<EngineMessage>) => receive(event.data, listener);
  const tellVisibility = () =>
    send({ type: "visible", visible: document.visibilityState === "visible" });
  document.addEventListener("visibilitychange", tellVisibility);
  tellVisibility();
  send({ type: "start" });
  for (const request of unsent) send(request);
  unsent = [];
}

/** The same market again is nothing new, unless its units are others. */
export function selectMarket(next: MarketSelection): void {
  if (
    selection?.symbol === next.symbol &&
    selection.priceDecimals === next.priceDecimals &&
    selection.qtyDecimals === next.qtyDecimals
  ) {
    return;
  }
  selection = { ...next };
  bookFrames.clear();
  depthFrames.clear();
  tapeFrames.clear();
  send({ type: "instrument", ...next });
}

export function selectInterval(interval: Interval): void {
  if (selection === null || selection.interval === interval) return;
  selection.interval = interval;
  send({ type: "interval", interval });
}

export function selectStep(step: number): void {
  send({ type: "step", step });
}

export function selectRows(rows: number): void {
  send({ type: "rows", rows });
}

/** Pictures of the whole book come only while someone looks at them. */
export function watchDepth(watched: boolean): void {
  send({ type: "depth", watched });
}

export function requestQuote(request: QuoteRequest | null): void {
  send({ type: "quote", request });
}

export function requestOlderCandles(): void {
  send({ type: "older-candles" });
}

/** `accountId`: of the login's accounts the one whose orders, fills and balances come; null: the main one. */
export function shareToken(token: string | null, accountId: number | null = null): void {
  send({ type: "token", token, accountId });
}

export function onQuote(listener: (quote: Quote | null) => void): () => void {
  quoteListeners.add(listener);
  return () => quoteListeners.delete(listener);
}

/** Bars of the selected instrument and interval, beginning with all that are known. */
export function onCandles(listener: (update: CandleUpdate) => void): () => void {
  candleListeners.add(listener);
  send({ type: "all-candles" });
  return () => candleListeners.delete(listener);
}

function send(request: EngineRequest): void {
  if (worker === null) unsent.push(request);
  else worker.postMessage(request);
}

function receive(message: EngineMessage, listener: EngineListener): void {
  switch (message.type) {
    case "book":
      if (message.symbol === selection?.symbol) bookFrames.set(message.frame);
      break;
    case "depth":
      if (message.symbol === selection?.symbol) depthFrames.set(message.frame);
      break;
    case "tape":
      if (message.symbol === selection?.symbol) tapeFrames.set(message.rows);
      break;
    case "candles":
      candles({ ...message, failed: false });
      break;
    case "candles-failed":
      candles({ ...message, replace: false, failed: true, bars: new Float64Array() });
      break;
    case "quote":
      for (const listen of quoteListeners) listen(message.quote);
      break;
    case "connection":
      listener.connection(message.status);
      break;
    case "tickers":
      listener.tickers(message.tickers);
      break;
    case "instruments":
      listener.instruments(message.instruments, message.venueStatus);
      break;
    case "private":
      listener.private(message.message);
      break;
    case "unauthorized":
      listener.unauthorized();
      break;
  }
}

function candles(update: CandleUpdate): void {
  if (update.symbol !== selection?.symbol || update.interval !== selection.interval) return;
  for (const listen of candleListeners) listen(update);
}
