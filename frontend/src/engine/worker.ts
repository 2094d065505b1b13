import type { Instrument, Ticker, VenueStatus } from "../api/types";
import { msFromNs } from "../lib/whole-units";
import { encodeBookFrame } from "./book-frame";
import { encodeDepthFrame } from "./depth-frame";
import { type QuoteRequest, quoteMarketOrder } from "./market-quote";
import { type MarketOutlet, MarketSession } from "./market-session";
import { PrivateSession } from "./private-session";
import type { ConnectionPhase, EngineMessage, EngineRequest } from "./protocol";
import { Publisher, type Topic } from "./publisher";
import { ExchangeSocket, QUIET_MS, type WireMessage } from "./socket";

/** The worker: owns the socket and every book, and shows the main thread pictures of them. */

const API = "/api/v1";
const REFUSED_MS = 2_000;

let market: MarketSession | null = null;
let step = 1;
let rows = 20;
let quoteRequest: QuoteRequest | null = null;
let depthWatched = false;
let everOpen = false;
/** The exchange's own word: false while what it shows is not the present. */
let sourceLive = true;
let clockAheadMs = 0;
const tickers = new Map<string, Ticker>();

function post(message: EngineMessage, transfer: Transferable[] = []): void {
  (self as unknown as Worker).postMessage(message, transfer);
}

const publisher = new Publisher(publish, () => performance.now());
const socket = new ExchangeSocket(socketUrl(), {
  opened,
  closed,
  message: received,
  ticked: reportConnection,
});
const account = new PrivateSession({
  send: (request, answered) => socket.send(request, answered),
  deliver: (message) => post({ type: "private", message }),
  unauthorized: () => post({ type: "unauthorized" }),
  reconnect: () => socket.reconnect(),
});
const outlet: MarketOutlet = {
  send: (request) => socket.send(request),
  mark: (topic) => publisher.mark(topic),
  candles: postCandles,
  candlesFailed: (interval) => {
    if (market !== null) post({ type: "candles-failed", symbol: market.symbol, interval });
  },
  stateChanged: reportConnection,
  fetchJson,
};

self.onmessage = (event: MessageEvent<EngineRequest>) => handle(event.data);

function handle(request: EngineRequest): void {
  switch (request.type) {
    case "start":
      socket.start();
      break;
    case "instrument":
      market?.unsubscribe();
      market = new MarketSession(request, outlet);
      step = request.step;
      quoteRequest = null;
      if (socket.isOpen) market.subscribe();
      break;
    case "interval":
      market?.changeInterval(request.interval);
      break;
    case "all-candles":
      market?.sendAllCandles();
      break;
    case "older-candles":
      void market?.loadOlderCandles();
      break;
    case "step":
      step = request.step;
      publisher.mark("book");
      break;
    case "rows":
      rows = request.rows;
      publisher.mark("book");
      break;
    case "depth":
      depthWatched = request.watched;
      publisher.mark("depth");
      break;
    case "quote":
      quoteRequest = request.request;
      publisher.mark("quote");
      break;
    case "token":
      account.setToken(request.token, request.accountId);
      break;
    case "visible":
      publisher.setVisible(request.visible);
      break;
  }
}

function publish(topic: Topic): void {
  if (topic === "ticker") post({ type: "tickers", tickers: [...tickers.values()] });
  else if (market !== null) publishMarket(market, topic);
}

function publishMarket(market: MarketSession, topic: Exclude<Topic, "ticker">): void {
  const { symbol } = market;
  if (topic === "book") {
    if (market.book.state === "waiting") return;
    const frame = encodeBookFrame(market.book, step, rows);
    post({ type: "book", symbol, frame }, [frame.buffer]);
    if (depthWatched) publisher.mark("depth");
  } else if (topic === "depth") {
    if (!depthWatched || market.book.state === "waiting") return;
    const frame = encodeDepthFrame(market.book);
    post({ type: "depth", symbol, frame }, [frame.buffer]);
  } else if (topic === "tape") {
    const tape = market.tape.encode();
    post({ type: "tape", symbol, rows: tape }, [tape.buffer]);
  } else if (topic === "quote") {
    const quote = quoteRequest === null ? null : quoteMarketOrder(market.book, quoteRequest);
    post({ type: "quote", quote });
  } else {
    const bar = market.takeChangedBar();
    if (bar !== null) postCandles(market.interval, false, bar);
  }
}

function postCandles(interval: MarketSession["interval"], replace: boolean, bars: Float64Array) {
  if (market === null) return;
  post({ type: "candles", symbol: market.symbol, interval, replace, bars }, [bars.buffer]);
}

function opened(): void {
  everOpen = true;
  socket.send({ op: "subscribe", channel: "ticker", symbol: "*" });
  subscribeInstruments();
  void fetchJson("/tickers")
    .then((answer) => addTickers(answer as Ticker[]))
    .catch(() => undefined); // The channel brings each ticker when it changes.
  market?.subscribe();
  account.connected();
  reportConnection();
}

/** The exchange may refuse it while it starts: asked again. */
function subscribeInstruments(): void {
  socket.send({ op: "subscribe", channel: "instruments" }, (answer) => {
    if (answer.ok !== true) setTimeout(() => socket.isOpen && subscribeInstruments(), REFUSED_MS);
  });
}

function closed(): void {
  sourceLive = true;
  market?.disconnected();
  reportConnection();
}

function received(message: WireMessage): void {
  if (message.channel === "ticker") addTickers(tickersOf(message));
  else if (message.channel === "heartbeat") heartbeat(message);
  else if (message.channel === "instruments") {
    const instruments = message.instruments as Instrument[];
    post({ type: "instruments", venueStatus: message.venue_status as VenueStatus, instruments });
  } else if (market === null || !market.message(message)) account.message(message);
}

/** When the exchange is live again it sends new snapshots of itself. */
function heartbeat(message: WireMessage): void {
  clockAheadMs = msFromNs(message.ts_ns as string) - Date.now();
  const live = message.live !== false;
  if (live === sourceLive) return;
  sourceLive = live;
  if (!live) market?.disconnected();
  reportConnection();
}

function tickersOf(message: WireMessage): Ticker[] {
  if (Array.isArray(message.tickers)) return message.tickers as Ticker[];
  return [(message.ticker ?? message) as Ticker];
}

function addTickers(list: Ticker[]): void {
  for (const ticker of list) tickers.set(ticker.symbol, ticker);
  publisher.mark("ticker");
}

function reportConnection(): void {
  const { attempt, lastMessageMs, roundTripMs } = socket;
  const feedAgeMs = lastMessageMs === null ? null : performance.now() - lastMessageMs;
  post({
    type: "connection",
    status: { phase: phase(feedAgeMs), attempt, feedAgeMs, roundTripMs, clockAheadMs },
  });
}

function phase(feedAgeMs: number | null): ConnectionPhase {
  if (!socket.isOpen) return everOpen || socket.attempt > 0 ? "reconnecting" : "connecting";
  if (!sourceLive || market?.book.state === "stale" || (feedAgeMs ?? 0) > QUIET_MS) return "stale";
  return "live";
}

async function fetchJson(path: string): Promise<unknown> {
  const response = await fetch(API + path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

function socketUrl(): string {
  const url = new URL(`${API}/ws`, self.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
