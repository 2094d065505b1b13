import { useEffect, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { bookFrames, onQuote, requestQuote, tapeFrames } from "../../bridge/engine-link";
import { FRAME } from "../../engine/book-frame";
import type { Quote } from "../../engine/market-quote";
import { TAPE } from "../../engine/tape";
import { availableOf, useBalances } from "../../state/balances";
import { exchangeNowMs } from "../../state/connection";
import { useMarket } from "../../state/market";
import { quoteRequest } from "./amounts";
import type { Draft } from "./draft";
import type { World } from "./world";

/** The ticket needs the market's prices for words and warnings, not for speed. */
const PRICES_MS = 200;

type MarketPrices = Pick<World, "bestBid" | "bestAsk" | "lastPrice">;

export function useWorld(spec: InstrumentSpec, draft: Draft): World {
  const byAsset = useBalances((balances) => balances.byAsset);
  const venueStatus = useMarket((market) => market.venueStatus);
  const prices = useMarketPrices(spec);
  const quote = useQuote(spec, draft);
  return {
    spec,
    venueStatus,
    ...prices,
    quote,
    nowMs: exchangeNowMs(),
    base: availableOf(byAsset, spec.base),
    quoteFunds: availableOf(byAsset, spec.quote),
  };
}

const NO_PRICES: MarketPrices = { bestBid: null, bestAsk: null, lastPrice: null };

function useMarketPrices(spec: InstrumentSpec): MarketPrices {
  const [prices, setPrices] = useState(NO_PRICES);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another instrument starts over
  useEffect(() => {
    let shownMs = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      shownMs = performance.now();
      const next = pricesOf(bookFrames.get(), tapeFrames.get());
      setPrices((old) => (isSame(old, next) ? old : next));
    };
    const due = () => {
      timer ??= setTimeout(show, Math.max(0, shownMs + PRICES_MS - performance.now()));
    };
    const stops = [bookFrames.subscribe(due), tapeFrames.subscribe(due)];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [spec]);
  return prices;
}

function pricesOf(book: Float64Array | null, tape: Float64Array | null): MarketPrices {
  const price = (frame: Float64Array | null, at: number) =>
    frame === null || frame.length <= at || frame[at] === 0 ? null : BigInt(frame[at] as number);
  return {
    bestBid: price(book, FRAME.BEST_BID),
    bestAsk: price(book, FRAME.BEST_ASK),
    lastPrice: price(tape, TAPE.PRICE),
  };
}

function isSame(a: MarketPrices, b: MarketPrices): boolean {
  return a.bestBid === b.bestBid && a.bestAsk === b.bestAsk && a.lastPrice === b.lastPrice;
}

function useQuote(spec: InstrumentSpec, draft: Draft): Quote | null {
  const [quote, setQuote] = useState<Quote | null>(null);
  useEffect(() => onQuote(setQuote), []);
  const { side, kind, price, amount, byBudget } = draft;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rest plays no part in what is taken now
  useEffect(() => {
    setQuote(null);
    requestQuote(quoteRequest(draft, spec));
  }, [spec, side, kind, price, amount, byBudget]);
  return quote;
}
