import { useEffect, useRef } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { bookFrames, tapeFrames } from "../../bridge/engine-link";
import { FRAME } from "../../engine/book-frame";
import { TAKER, TAPE } from "../../engine/tape";
import { t } from "../../i18n/translate";
import { splitDecimal } from "../../lib/format";
import { formatUnits } from "../../lib/whole-units";

/** Between the sides: the last trade, and how far they are apart. Drawn without React, as the rows are. */
export function SpreadRow({ spec }: { spec: InstrumentSpec }) {
  const last = useRef<HTMLSpanElement>(null);
  const lastDecimals = useRef<HTMLSpanElement>(null);
  const mark = useRef<HTMLSpanElement>(null);
  const spread = useRef<HTMLSpanElement>(null);
  const { priceDecimals } = spec;

  useEffect(() => {
    const stopBook = bookFrames.subscribe((frame) => {
      if (spread.current !== null) spread.current.textContent = spreadText(frame, priceDecimals);
    });
    const stopTape = tapeFrames.subscribe((rows) => {
      if (rows.length === 0 || last.current === null) return;
      const text = splitDecimal(formatUnits(rows[TAPE.PRICE]!, priceDecimals));
      const taker = rows[TAPE.TAKER]!;
      last.current.firstChild!.nodeValue = text.whole;
      lastDecimals.current!.textContent = text.decimals;
      mark.current!.textContent = taker === TAKER.buy ? "▲" : taker === TAKER.sell ? "▼" : "=";
      last.current.parentElement!.dataset.side =
        taker === TAKER.buy ? "bid" : taker === TAKER.sell ? "ask" : "none";
    });
    return () => {
      stopBook();
      stopTape();
    };
  }, [priceDecimals]);

  return (
    <div className="spread-row" role="row">
      <span role="cell" className="spread-last">
        <span className="direction" aria-hidden="true" ref={mark} />
        <span className="num" ref={last}>
          {"–"}
          <span className="dec" ref={lastDecimals} />
        </span>
      </span>
      <span role="cell" className="spread-width">
        {t("book.spread")} <span className="num" ref={spread} />
      </span>
    </div>
  );
}

/** "0.12 · 0.02 bp"; a missing side is named instead. */
function spreadText(frame: Float64Array, priceDecimals: number): string {
  if (frame[FRAME.AUCTION] === 1) return t("book.none");
  const bid = frame[FRAME.BEST_BID]!;
  const ask = frame[FRAME.BEST_ASK]!;
  if (bid === 0 && ask === 0) return t("book.empty");
  if (bid === 0) return t("book.noBids");
  if (ask === 0) return t("book.noAsks");
  const basisPoints = ((ask - bid) / ((ask + bid) / 2)) * 10_000;
  return `${formatUnits(ask - bid, priceDecimals)} · ${basisPoints.toFixed(2)} bp`;
}
