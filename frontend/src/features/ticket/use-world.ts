import { useEffect, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { bookFrames, onQuote, requestQuote } from "../../bridge/engine-link";
import { FRAME } from "../../engine/book-frame";
import type { Quote } from "../../engine/market-quote";
import { availableOf, useBalances } from "../../state/balances";
import { type Draft, quoteRequest, type World } from "./ticket-rules";

/** The ticket needs the best prices for words and warnings, not for speed. */
const BEST_PRICES_MS = 200;

interface BestPrices {
  bestBid: bigint | null;
  bestAsk: bigint | null;
}

export function useWorld(spec: InstrumentSpec, draft: Draft): World {
  const byAsset = useBalances((balances) => balances.byAsset);
  const best = useBestPrices(spec);
  const quote = useQuote(spec, draft);
  return {
    spec,
    ...best,
    quote,
    base: availableOf(byAsset, spec.base),
    quoteFunds: availableOf(byAsset, spec.quote),
  };
}

function useBestPrices(spec: InstrumentSpec): BestPrices {
  const [best, setBest] = useState<BestPrices>({ bestBid: null, bestAsk: null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another instrument starts over
  useEffect(() => {
    let shownMs = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      shownMs = performance.now();
      const frame = bookFrames.get();
      const next = bestOf(frame);
      setBest((old) => (old.bestBid === next.bestBid && old.bestAsk === next.bestAsk ? old : next));
    };
    const stop = bookFrames.subscribe(() => {
      timer ??= setTimeout(show, Math.max(0, shownMs + BEST_PRICES_MS - performance.now()));
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [spec]);
  return best;
}

function bestOf(frame: Float64Array | null): BestPrices {
  const price = (at: number) =>
    frame === null || frame[at] === 0 ? null : BigInt(frame[at] as number);
  return { bestBid: price(FRAME.BEST_BID), bestAsk: price(FRAME.BEST_ASK) };
}

function useQuote(spec: InstrumentSpec, draft: Draft): Quote | null {
  const [quote, setQuote] = useState<Quote | null>(null);
  useEffect(() => onQuote(setQuote), []);
  const { side, type, amount, byBudget } = draft;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the price plays no part in a market order
  useEffect(() => {
    setQuote(null);
    requestQuote(quoteRequest(draft, spec));
  }, [spec, side, type, amount, byBudget]);
  return quote;
}
