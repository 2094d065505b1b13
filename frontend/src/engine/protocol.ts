import type { Balance, Fill, Instrument, Interval, Order, Ticker, VenueStatus } from "../api/types";
import type { Quote, QuoteRequest } from "./market-quote";

/** What the main thread asks of the worker. */
export type EngineRequest =
  | { type: "start" }
  | {
      type: "instrument";
      symbol: string;
      priceDecimals: number;
      qtyDecimals: number;
      interval: Interval;
      step: number;
    }
  | { type: "interval"; interval: Interval }
  | { type: "all-candles" }
  | { type: "older-candles" }
  | { type: "step"; step: number }
  | { type: "rows"; rows: number }
  | { type: "depth"; watched: boolean }
  | { type: "quote"; request: QuoteRequest | null }
  | { type: "token"; token: string | null; accountId: number | null }
  | { type: "visible"; visible: boolean };

/**
 * - `connecting`: first attempt of this page
 * - `live`: socket open, heartbeat on time, book contiguous
 * - `stale`: socket open, but the book lost a message or the feed went quiet
 * - `reconnecting`: socket closed, the next attempt is scheduled
 */
export type ConnectionPhase = "connecting" | "live" | "stale" | "reconnecting";

export interface ConnectionStatus {
  phase: ConnectionPhase;
  attempt: number;
  /** Since the last message of any kind; null before the first. */
  feedAgeMs: number | null;
  /** Of the last ping. */
  roundTripMs: number | null;
  /** How far the exchange's clock is ahead of this machine's. */
  clockAheadMs: number;
}

export type PrivateMessage =
  | { channel: "orders"; snapshot: boolean; orders: Order[] }
  | { channel: "fills"; snapshot: boolean; fills: Fill[] }
  | { channel: "balances"; snapshot: boolean; balances: Balance[]; seq: number };

/** What the worker tells the main thread. */
export type EngineMessage =
  | { type: "book"; symbol: string; frame: Float64Array }
  | { type: "depth"; symbol: string; frame: Float64Array }
  | { type: "tape"; symbol: string; rows: Float64Array }
  | { type: "candles"; symbol: string; interval: Interval; replace: boolean; bars: Float64Array }
  | { type: "candles-failed"; symbol: string; interval: Interval }
  | { type: "quote"; quote: Quote | null }
  | { type: "tickers"; tickers: Ticker[] }
  | { type: "instruments"; venueStatus: VenueStatus; instruments: Instrument[] }
  | { type: "connection"; status: ConnectionStatus }
  | { type: "private"; message: PrivateMessage }
  | { type: "unauthorized" };
