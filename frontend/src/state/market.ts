import { create } from "zustand";
import { getAssets, getInstruments } from "../api/endpoints";
import { groupSteps, type InstrumentSpec, specOf } from "../api/instrument-spec";
import type { Asset, Instrument, Ticker, VenueStatus } from "../api/types";
import { selectMarket, selectStep } from "../bridge/engine-link";
import { setPreferences, usePreferences } from "./preferences";

interface Market {
  status: "loading" | "ready" | "failed";
  instruments: InstrumentSpec[];
  assets: Asset[];
  /** Whether the exchange as a whole trades. */
  venueStatus: VenueStatus;
  symbol: string | null;
  /** Grouping of the book on screen, in price units. */
  step: number;
  tickers: Record<string, Ticker>;
}

const RETRY_MS = 3_000;

export const useMarket = create<Market>(() => ({
  status: "loading",
  instruments: [],
  assets: [],
  venueStatus: "open",
  symbol: null,
  step: 1,
  tickers: {},
}));

export function useInstrument(): InstrumentSpec | null {
  return useMarket((market) => specFor(market, market.symbol));
}

export function findInstrument(symbol: string): InstrumentSpec | null {
  return specFor(useMarket.getState(), symbol);
}

/** Decimals an asset's amounts have. */
export function assetScale(name: string): number {
  return useMarket.getState().assets.find((asset) => asset.name === name)?.scale ?? 8;
}

/** Loads what is listed, again and again until it works. */
export async function loadMarkets(): Promise<void> {
  try {
    const [instruments, assets] = await Promise.all([getInstruments(), getAssets()]);
    useMarket.setState({
      status: "ready",
      assets,
      instruments: instruments.map((instrument) => specOf(instrument, assets)),
    });
  } catch {
    useMarket.setState({ status: "failed" });
    setTimeout(loadMarkets, RETRY_MS);
  }
}

export function openMarket(symbol: string): void {
  const spec = findInstrument(symbol);
  if (spec === null) return;
  const { steps, interval } = usePreferences.getState();
  const offered = groupSteps(spec);
  const remembered = steps[symbol];
  const step = remembered !== undefined && offered.includes(remembered) ? remembered : offered[0]!;
  useMarket.setState({ symbol, step });
  setPreferences({ symbol });
  selectMarket({
    symbol,
    step,
    interval,
    priceDecimals: spec.priceDecimals,
    qtyDecimals: spec.qtyDecimals,
  });
}

export function setStep(step: number): void {
  const { symbol } = useMarket.getState();
  if (symbol === null) return;
  useMarket.setState({ step });
  setPreferences({ steps: { ...usePreferences.getState().steps, [symbol]: step } });
  selectStep(step);
}

/** What is said replaces what was known of these instruments; one of a new asset needs the assets, too. */
export function receiveInstruments(changed: readonly Instrument[], venueStatus: VenueStatus): void {
  useMarket.setState({ venueStatus });
  const { status, assets, instruments, symbol } = useMarket.getState();
  if (status !== "ready") return;
  const known = (name: string) => assets.some((asset) => asset.name === name);
  if (!changed.every((one) => known(one.base_asset) && known(one.quote_asset))) {
    void loadMarkets();
    return;
  }
  const specs = new Map(instruments.map((spec) => [spec.symbol, spec]));
  for (const one of changed) specs.set(one.symbol, specOf(one, assets));
  useMarket.setState({ instruments: [...specs.values()] });
  if (symbol !== null && changed.some((one) => one.symbol === symbol)) openMarket(symbol);
}

export function receiveTickers(tickers: readonly Ticker[]): void {
  useMarket.setState({
    tickers: Object.fromEntries(tickers.map((ticker) => [ticker.symbol, ticker])),
  });
}

function specFor(market: Market, symbol: string | null): InstrumentSpec | null {
  return market.instruments.find((spec) => spec.symbol === symbol) ?? null;
}

/** The market to open when none is named: the one of the last visit, or the first; null with none. */
export function usualMarket(): string | null {
  const { instruments } = useMarket.getState();
  const { symbol } = usePreferences.getState();
  const known = instruments.find((spec) => spec.symbol === symbol) ?? instruments[0];
  return known?.symbol ?? null;
}
