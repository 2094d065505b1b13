import { afterEach, describe, expect, test, vi } from "vitest";
import type { Candle, Trade } from "../../src/api/types";
import { reconnectDelayMs } from "../../src/engine/backoff";
import { BAR, CandleSeries } from "../../src/engine/candle-series";
import { PrivateSequence } from "../../src/engine/private-sequence";
import { Publisher, type Topic } from "../../src/engine/publisher";
import { TAPE, Tape } from "../../src/engine/tape";

function candle(openSeconds: number, close: string, trades: number): Candle {
  return {
    ts_open_ns: `${openSeconds}000000000`,
    open: "1",
    high: "3",
    low: "0.5",
    close,
    volume: "10",
    quote_volume: "20",
    trades,
    vwap: "2",
    taker_buy_volume: "4",
    taker_buy_quote_volume: "8",
  };
}

function trade(id: number, side: "buy" | "sell" = "buy"): Trade {
  return {
    trade_id: id,
    price: "100.01",
    qty: "0.5",
    aggressor_side: side,
    ts_ns: "1760000000000000000",
  };
}

describe("candles", () => {
  test("history and live bars meet, in time order, whatever arrives first", () => {
    const series = new CandleSeries();
    series.merge(candle(120, "2.5", 4));
    series.merge(candle(60, "2", 9));
    series.merge(candle(0, "1", 1));
    const bars = series.encodeAll();
    const field = (at: number) => [0, 1, 2].map((row) => bars[row * BAR.FIELDS + at]);
    expect(field(BAR.TIME)).toEqual([0, 60, 120]);
    expect(field(BAR.CLOSE)).toEqual([1, 2, 2.5]);
    expect(series.oldestOpenNs).toBe("0000000000");
  });

  test("an answer older than the live bar does not set it back", () => {
    const series = new CandleSeries();
    series.merge(candle(60, "2.5", 4));
    expect(series.merge(candle(60, "2", 3))).toBe(false);
    expect(series.encodeAll()[BAR.CLOSE]).toBe(2.5);
  });
});

describe("tape", () => {
  test("trades are newest first and each once", () => {
    const tape = new Tape(2, 1);
    tape.add([trade(3), trade(2)]);
    tape.add([trade(4, "sell"), trade(3)]);
    const rows = tape.encode();
    const ids = [0, 1, 2].map((row) => rows[row * TAPE.FIELDS + TAPE.ID]);
    expect(ids).toEqual([4, 3, 2]);
    expect(rows.length).toBe(3 * TAPE.FIELDS);
    expect([...rows.slice(TAPE.TIME, TAPE.FIELDS)]).toEqual([1_760_000_000_000, 10_001, 5, -1]);
  });
});

describe("private sequence", () => {
  test("what follows the snapshot is next, whatever came before it", () => {
    const sequence = new PrivateSequence();
    sequence.snapshot(100);
    expect(sequence.accept(90, 120)).toBe("next");
    expect(sequence.accept(120, 121)).toBe("next");
  });

  test("a message that follows one never seen is a gap", () => {
    const sequence = new PrivateSequence();
    sequence.snapshot(100);
    expect(sequence.accept(130, 140)).toBe("gap");
  });

  test("what the snapshot already holds is old", () => {
    const sequence = new PrivateSequence();
    sequence.snapshot(100);
    expect(sequence.accept(80, 90)).toBe("old");
  });

  test("both sides of a trade with oneself share a sequence", () => {
    const sequence = new PrivateSequence();
    sequence.snapshot(100);
    expect(sequence.accept(100, 105)).toBe("next");
    expect(sequence.accept(105, 105)).toBe("next");
  });
});

describe("reconnecting", () => {
  test("waits double up to a bound", () => {
    expect([1, 2, 3, 4].map((attempt) => reconnectDelayMs(attempt, 1))).toEqual([
      250, 500, 1_000, 2_000,
    ]);
    expect(reconnectDelayMs(50, 1)).toBe(10_000);
  });

  test("jitter spreads the upper half of a wait", () => {
    expect(reconnectDelayMs(3, 0)).toBe(500);
    expect(reconnectDelayMs(3, 0.5)).toBe(750);
  });
});

describe("publisher", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  function started(): { publisher: Publisher; published: Topic[] } {
    vi.useFakeTimers({ now: 0 });
    const published: Topic[] = [];
    const publisher = new Publisher((topic) => published.push(topic), Date.now);
    return { publisher, published };
  }

  test("the first change is published at once, a burst only once a period", () => {
    const { publisher, published } = started();
    publisher.mark("book");
    vi.advanceTimersByTime(0);
    expect(published).toEqual(["book"]);
    for (let change = 0; change < 50; change += 1) publisher.mark("book");
    vi.advanceTimersByTime(32);
    expect(published).toEqual(["book"]);
    vi.advanceTimersByTime(1);
    expect(published).toEqual(["book", "book"]);
    vi.advanceTimersByTime(1_000);
    expect(published.length).toBe(2);
  });

  test("a hidden page gets nothing, and the latest when it is seen again", () => {
    const { publisher, published } = started();
    publisher.setVisible(false);
    publisher.mark("book");
    vi.advanceTimersByTime(1_000);
    expect(published).toEqual([]);
    publisher.setVisible(true);
    vi.advanceTimersByTime(0);
    expect(published).toEqual(["book"]);
  });
});
