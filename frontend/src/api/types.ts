import type { components } from "./generated/schema";

/**
 * The native API's shapes, from its own document. Decimals are strings, `ts_ns` is a decimal string (beyond
 * 2^53), ids are numbers.
 */

type Schemas = components["schemas"];

export type Side = "buy" | "sell";
export type OrderType = Schemas["NewOrderRequest"]["type"];
export type TimeInForce = "gtc" | "ioc" | "fok" | "gtd";
export type SelfTradePrevention = NonNullable<Schemas["NewOrderRequest"]["self_trade_prevention"]>;

export type ApiErrorBody = Schemas["ErrorAnswer"];
export type User = Schemas["User"];
export type SessionAnswer = Schemas["Login"];
export type Instrument = Schemas["InstrumentInfo"];
export type TradingStatus = Instrument["trading_status"];
export type StatusCause = Instrument["status_cause"];
export type VenueStatus = Schemas["VenueInfo"]["venue_status"];
export type Asset = Schemas["AssetInfo"];
export type Fill = Schemas["Fill"];
/** The document leaves these two open for kinds to come; the screen knows the ones it can place. */
export type Order = Schemas["Order"] & { type: OrderType; time_in_force: TimeInForce };
/** This screen always names its orders, so that an unknown fate can be asked for. */
export type NewOrder = Schemas["NewOrderRequest"] & { client_order_id: string };
/** Two orders of which one cancels the other; this screen always names the list, too. */
export type NewOrderList = Schemas["NewOrderListRequest"] & { client_order_id: string };
export type OrderLeg = Schemas["LegRequest"];
export type OrderList = Omit<Schemas["OrderList"], "orders"> & { orders: Order[] };
/** New terms of an open order; what is left out stays. */
export type Amendment = Schemas["ReplaceRequest"];
/** The exchange could not learn the order's fate in time: ask again by its client order id. */
export type UnknownFate = Schemas["FateUnknown"] & { status: "unknown" };
export type Balance = Schemas["Balance"];
export type Balances = Schemas["Balances"];
/** What an auction would come to if it ended now. */
export type Auction = Schemas["Auction"];
export type Trade = Schemas["PublicTrade"];
export type Candle = Schemas["Candle"];
export type Ticker = Schemas["Ticker"];

export type Level = [price: string, qty: string];

export interface BookSnapshot {
  channel: "book";
  symbol: string;
  type: "snapshot";
  seq: number;
  bids: Level[];
  asks: Level[];
  /** In an auction there are no levels but this. */
  auction?: Auction | null;
  ts_ns?: string;
}

export interface BookDelta {
  channel: "book";
  symbol: string;
  type: "delta";
  prev: number;
  seq: number;
  bids: Level[];
  asks: Level[];
  checksum?: number;
}

export const INTERVALS = [
  "1s",
  "1m",
  "3m",
  "5m",
  "15m",
  "30m",
  "1h",
  "2h",
  "4h",
  "6h",
  "8h",
  "12h",
  "1d",
  "3d",
  "1w",
  "1M",
] as const;
export type Interval = (typeof INTERVALS)[number];
