import { startEngine } from "../bridge/engine-link";
import type { PrivateMessage } from "../engine/protocol";
import { useConnection } from "./connection";
import { loadMarkets, receiveInstruments, receiveTickers } from "./market";
import { withOwn } from "./own-side";
import { renew, restoreSession } from "./session";

/** Starts what every page needs and what outlives it: the session, the list of markets. */
export function startExchange(): void {
  void restoreSession();
  void loadMarkets();
}

let isLive = false;

/** Starts the worker, and with it all that moves, once: a page for logging in does without. */
export function goLive(): void {
  if (isLive) return;
  isLive = true;
  startEngine({
    connection: (status) => useConnection.setState(status),
    tickers: receiveTickers,
    instruments: receiveInstruments,
    private: receivePrivate,
    unauthorized,
  });
}

/** A socket that refuses a token just renewed would otherwise ask for ever. */
const RENEWAL_GAP_MS = 15_000;
let lastRenewalMs = Number.NEGATIVE_INFINITY;

function unauthorized(): void {
  if (performance.now() - lastRenewalMs < RENEWAL_GAP_MS) return;
  lastRenewalMs = performance.now();
  void renew();
}

function receivePrivate(message: PrivateMessage): void {
  withOwn((own) => {
    if (message.channel === "orders") own.receiveOrders(message.orders, message.snapshot);
    else if (message.channel === "fills") own.receiveFills(message.fills, message.snapshot);
    else own.receiveBalances(message.balances, message.snapshot);
  });
}
