import { request } from "./http";
import type {
  Amendment,
  Asset,
  Balance,
  Candle,
  Fill,
  Instrument,
  Interval,
  NewOrder,
  NewOrderList,
  Order,
  OrderList,
  SessionAnswer,
  UnknownFate,
} from "./types";

export interface Credentials {
  email: string;
  password: string;
}

export const signUp = (body: Credentials) =>
  request<SessionAnswer>("POST", "/auth/sign-up", { body, plain: true });
export const logIn = (body: Credentials) =>
  request<SessionAnswer>("POST", "/auth/login", { body, plain: true });
export const refresh = () => request<SessionAnswer>("POST", "/auth/refresh", { plain: true });
export const logOut = () => request<void>("POST", "/auth/logout");

export const getInstruments = () => request<Instrument[]>("GET", "/instruments");
export const getAssets = () => request<Asset[]>("GET", "/assets");

export const getCandles = (symbol: string, interval: Interval, limit: number) =>
  request<{ candles: Candle[] }>(
    "GET",
    `/candles?symbol=${encodeURIComponent(symbol)}&interval=${interval}&limit=${limit}`,
  );

export const placeOrder = (body: NewOrder) =>
  request<Order | UnknownFate>("POST", "/orders", { body });
export const cancelOrder = (orderId: number) => request<Order>("DELETE", `/orders/${orderId}`);
export const amendOrder = (orderId: number, body: Amendment) =>
  request<Order | UnknownFate>("PATCH", `/orders/${orderId}`, { body });
export const placeOrderList = (body: NewOrderList) =>
  request<OrderList | UnknownFate>("POST", "/order-lists", { body });
export const getOrderListByClientId = (clientOrderId: string) =>
  request<OrderList>("GET", `/order-lists/by-client-id/${encodeURIComponent(clientOrderId)}`);
export const cancelOrderList = (listId: number) =>
  request<OrderList | UnknownFate>("DELETE", `/order-lists/${listId}`);
export const cancelOrders = (symbol: string | null) =>
  request<{ canceled: number[] }>(
    "DELETE",
    symbol === null ? "/orders" : `/orders?symbol=${encodeURIComponent(symbol)}`,
  );
export const getOrderByClientId = (clientOrderId: string) =>
  request<Order>("GET", `/orders/by-client-id/${encodeURIComponent(clientOrderId)}`);
export const getOrders = (status: "open" | "closed" | "all", limit: number) =>
  request<{ orders: Order[] }>("GET", `/orders?status=${status}&limit=${limit}`);
export const getFills = (limit: number) =>
  request<{ fills: Fill[] }>("GET", `/fills?limit=${limit}`);
export const askFaucet = (asset: string) =>
  request<Omit<Balance, "total">>("POST", "/faucet", { body: { asset } });
