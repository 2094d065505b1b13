import { useCallback, useEffect } from "react";
import { useNavigate, useParams } from "react-router";
import { findInstrument, openMarket, useMarket, usualMarket } from "../state/market";
import { tradePath } from "./paths";

/**
 * The address says which market is on screen, so that a link opens it; an unknown one gives way to the usual.
 * What is returned opens another market.
 */
export function useMarketInAddress(): (symbol: string) => void {
  const { symbol } = useParams();
  const isReady = useMarket((market) => market.status === "ready");
  const navigate = useNavigate();
  useEffect(() => {
    if (!isReady) return;
    const usual = usualMarket();
    if (symbol !== undefined && findInstrument(symbol) !== null) openMarket(symbol);
    else if (usual !== null) navigate(tradePath(usual), { replace: true });
  }, [isReady, symbol, navigate]);
  return useCallback((chosen) => navigate(tradePath(chosen)), [navigate]);
}
