import { useEffect, useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { tapeFrames } from "../../bridge/engine-link";
import { TAKER, TAPE, TAPE_ROWS_MAX } from "../../engine/tape";
import { type MessageKey, t } from "../../i18n/translate";
import { formatClock, splitDecimal } from "../../lib/format";
import { formatUnits } from "../../lib/whole-units";
import { useInstrument } from "../../state/market";

/** The last trades, newest on top. */
export function Tape() {
  const spec = useInstrument();
  if (spec === null) return <div className="empty">{t("orders.loading")}</div>;
  return <TapeRows key={spec.symbol} spec={spec} />;
}

function TapeRows({ spec }: { spec: InstrumentSpec }) {
  const host = useRef<HTMLDivElement>(null);
  const [isEmpty, setEmpty] = useState(true);
  useEffect(() => {
    const rows = Array.from({ length: TAPE_ROWS_MAX }, () => new TapeRow(host.current!));
    const stop = tapeFrames.subscribe((frame) => {
      const count = frame.length / TAPE.FIELDS;
      setEmpty(count === 0);
      rows.forEach((row, index) => {
        row.draw(index < count ? frame : null, index * TAPE.FIELDS, spec);
      });
    });
    return () => {
      stop();
      for (const row of rows) row.element.remove();
    };
  }, [spec]);

  return (
    <div className="tape">
      <div
        className="tape-table"
        role="table"
        aria-label={t("tape.label", { symbol: spec.symbol })}
      >
        <div role="rowgroup">
          <div className="tape-head" role="row">
            <span role="columnheader">{t("column.priceIn", { asset: spec.quote })}</span>
            <span role="columnheader">{t("column.qtyIn", { asset: spec.base })}</span>
            <span role="columnheader">{t("column.time")}</span>
          </div>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard */}
        <div className="tape-rows" role="rowgroup" tabIndex={0} ref={host} />
      </div>
      {isEmpty && <p className="empty">{t("tape.empty")}</p>}
    </div>
  );
}

const WORDS = new Map<number, readonly [side: string, mark: string, word: MessageKey]>([
  [TAKER.buy, ["bid", "▲", "tape.buy"]],
  [TAKER.sell, ["ask", "▼", "tape.sell"]],
  [TAKER.none, ["none", "=", "tape.auction"]],
]);

/** One row of fixed DOM; it remembers its trade and is written only when that changes. */
class TapeRow {
  readonly element = document.createElement("div");
  private tradeId = 0;
  private readonly mark = span("direction");
  private readonly whole = document.createTextNode("");
  private readonly decimals = span("dec");
  private readonly word = span("unseen");
  private readonly qty = cell("tape-qty");
  private readonly time = cell("tape-time");

  constructor(host: HTMLElement) {
    this.element.className = "tape-row";
    this.element.role = "row";
    this.element.hidden = true;
    this.mark.ariaHidden = "true";
    const price = cell("tape-price");
    price.append(this.mark, this.whole, this.decimals, this.word);
    this.element.append(price, this.qty, this.time);
    host.append(this.element);
  }

  draw(frame: Float64Array | null, at: number, spec: InstrumentSpec): void {
    this.element.hidden = frame === null;
    if (frame === null || this.tradeId === frame[at + TAPE.ID]) return;
    this.tradeId = frame[at + TAPE.ID]!;
    const taker = frame[at + TAPE.TAKER]!;
    const price = splitDecimal(formatUnits(frame[at + TAPE.PRICE]!, spec.priceDecimals));
    const [side, mark, word] = WORDS.get(taker)!;
    this.element.dataset.side = side;
    this.mark.textContent = mark;
    this.whole.data = price.whole;
    this.decimals.textContent = price.decimals;
    this.word.textContent = ` ${t(word)}`;
    this.qty.textContent = formatUnits(frame[at + TAPE.QTY]!, spec.qtyDecimals);
    this.time.textContent = formatClock(frame[at + TAPE.TIME]!);
  }
}

function span(className: string): HTMLSpanElement {
  const element = document.createElement("span");
  element.className = className;
  return element;
}

function cell(className: string): HTMLSpanElement {
  const element = span(`num ${className}`);
  element.role = "cell";
  return element;
}
