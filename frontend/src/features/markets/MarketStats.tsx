import { type ReactNode, useEffect, useRef } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { t } from "../../i18n/translate";
import { compactDecimal, groupDigits } from "../../lib/format";
import { useInstrument, useMarket } from "../../state/market";
import { Price } from "../../ui/Price";
import { Change } from "./Change";

/** Last price and the rolling 24 hours of the market on screen. */
export function MarketStats() {
  const spec = useInstrument();
  const ticker = useMarket((market) => market.tickers[market.symbol ?? ""]);
  usePageTitle(spec, ticker?.last ?? null);
  if (spec === null) return <div className="market-stats" />;
  const price = (text: string | null | undefined) => (text ? <Price text={text} /> : "–");
  return (
    <div className="market-stats">
      <LastPrice key={spec.symbol} text={ticker?.last ?? null} />
      <dl>
        <Stat name={t("markets.change")}>
          <Change ppm={ticker?.change_ppm ?? null} />
        </Stat>
        <Stat name={t("markets.high")}>{price(ticker?.high)}</Stat>
        <Stat name={t("markets.low")}>{price(ticker?.low)}</Stat>
        <Stat name={t("markets.volumeIn", { asset: spec.quote })}>
          <span className="num">{ticker ? compactDecimal(ticker.quote_volume) : "–"}</span>
        </Stat>
      </dl>
    </div>
  );
}

function LastPrice({ text }: { text: string | null }) {
  const previous = useRef<string | null>(null);
  const direction = useRef<"" | "bid" | "ask">("");
  if (text !== null && text !== previous.current) {
    if (previous.current !== null) {
      direction.current = Number(text) >= Number(previous.current) ? "bid" : "ask";
    }
    previous.current = text;
  }
  if (text === null) return <span className="last-price num">–</span>;
  const mark = { bid: "▲", ask: "▼", "": "" }[direction.current];
  return (
    <span className={`last-price ${direction.current}`}>
      <span className="direction" aria-hidden="true">
        {mark}
      </span>
      <Price text={text} />
    </span>
  );
}

function Stat({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function usePageTitle(spec: InstrumentSpec | null, last: string | null): void {
  useEffect(() => {
    const price = last === null ? "" : `${groupDigits(last)} `;
    document.title = spec === null ? t("app.title") : `${price}${spec.symbol} · ${t("app.title")}`;
  }, [spec, last]);
}
