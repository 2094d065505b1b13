import { useCallback, useEffect } from "react";
import { useLocation, useParams } from "wouter";
import { findInstrument, openMarket, useMarket, usualMarket } from "../state/market";
import { tradePath } from "./paths";

/**
 * The address says which market is on screen, so that a link opens it; an unknown one gives way to the usual.
 * What is returned opens another market.
 */
export function useMarketInAddress(): (symbol: string) => void {
  const { symbol } = useParams<{ symbol?: string }>();
  const isReady = useMarket((market) => market.status === "ready");
  const [, navigate] = useLocation();
  useEffect(() => {
    if (!isReady) return;
    const usual = usualMarket();
    if (symbol !== undefined && findInstrument(symbol) !== null) openMarket(symbol);
    else if (usual !== null) navigate(tradePath(usual), { replace: true });
  }, [isReady, symbol, navigate]);
  return useCallback((chosen) => navigate(tradePath(chosen)), [navigate]);
}
