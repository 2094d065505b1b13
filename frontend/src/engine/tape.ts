import type { Trade } from "../api/types";
import { msFromNs, parseUnits } from "../lib/whole-units";

/** One trade as it crosses to the main thread: [trade id, time ms, price, qty, who took]. */
export const TAPE = { ID: 0, TIME: 1, PRICE: 2, QTY: 3, TAKER: 4, FIELDS: 5 } as const;

/** Who took; in an auction nobody does. */
export const TAKER = { buy: 1, sell: -1, none: 0 } as const;

export const TAPE_ROWS_MAX = 64;

/** The last trades, newest first, each once: a REST answer and the stream overlap. */
export class Tape {
  private trades: Trade[] = [];

  constructor(
    private readonly priceDecimals: number,
    private readonly qtyDecimals: number,
  ) {}

  add(trades: readonly Trade[]): void {
    const known = new Set(this.trades.map((trade) => trade.trade_id));
    const fresh = trades.filter((trade) => !known.has(trade.trade_id));
    if (fresh.length === 0) return;
    this.trades = [...fresh, ...this.trades]
      .sort((a, b) => b.trade_id - a.trade_id)
      .slice(0, TAPE_ROWS_MAX);
  }

  encode(): Float64Array {
    const rows = new Float64Array(this.trades.length * TAPE.FIELDS);
    this.trades.forEach((trade, index) => {
      const at = index * TAPE.FIELDS;
      rows[at + TAPE.ID] = trade.trade_id;
      rows[at + TAPE.TIME] = msFromNs(trade.ts_ns);
      rows[at + TAPE.PRICE] = parseUnits(trade.price, this.priceDecimals);
      rows[at + TAPE.QTY] = parseUnits(trade.qty, this.qtyDecimals);
      rows[at + TAPE.TAKER] = TAKER[trade.aggressor_side];
    });
    return rows;
  }
}
