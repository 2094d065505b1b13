import { describe, expect, test } from "vitest";
import type { BookDelta, BookSnapshot, Level } from "../../src/api/types";
import { Book } from "../../src/engine/book";
import { encodeBookFrame, FRAME } from "../../src/engine/book-frame";

const SNAPSHOT: BookSnapshot = {
  channel: "book",
  symbol: "BTC-USDT",
  type: "snapshot",
  seq: 10,
  bids: [
    ["100.00", "1.0"],
    ["99.90", "2.0"],
    ["99.80", "4.0"],
  ],
  asks: [
    ["100.10", "1.5"],
    ["100.20", "2.5"],
  ],
};

function delta(prev: number, seq: number, bids: Level[], asks: Level[] = []): BookDelta {
  return { channel: "book", symbol: "BTC-USDT", type: "delta", prev, seq, bids, asks };
}

function liveBook(): Book {
  const book = new Book(2, 1);
  book.applySnapshot(SNAPSHOT);
  return book;
}

describe("sequence", () => {
  test("a delta that follows is applied: levels are absolute, zero removes", () => {
    const book = liveBook();
    const result = book.applyDelta(
      delta(
        10,
        11,
        [
          ["99.95", "3"],
          ["99.90", "0"],
        ],
        [["100.10", "9"]],
      ),
    );
    expect(result).toBe("applied");
    expect(book.bids.prices).toEqual([10_000, 9_995, 9_980]);
    expect(book.bids.qtys).toEqual([10, 30, 40]);
    expect(book.asks.qtys).toEqual([90, 25]);
    expect(book.seq).toBe(11);
  });

  test("an old delta changes nothing", () => {
    const book = liveBook();
    expect(book.applyDelta(delta(8, 9, [["1.00", "1"]]))).toBe("ignored");
    expect(book.bids.prices).toEqual([10_000, 9_990, 9_980]);
  });

  test("a missed delta makes the book stale, and later ones are kept, not applied", () => {
    const book = liveBook();
    expect(book.applyDelta(delta(11, 12, [["99.00", "1"]]))).toBe("gap");
    expect(book.state).toBe("stale");
    expect(book.applyDelta(delta(12, 13, [["98.00", "1"]]))).toBe("kept");
    expect(book.bids.prices).toEqual([10_000, 9_990, 9_980]);
  });

  test("the snapshot after a gap is joined by the kept deltas that follow it", () => {
    const book = liveBook();
    book.applyDelta(delta(11, 12, [["99.00", "1"]]));
    book.applyDelta(delta(12, 13, [["98.00", "1"]]));
    expect(book.applySnapshot({ ...SNAPSHOT, seq: 12 })).toBe(true);
    expect(book.state).toBe("live");
    expect(book.seq).toBe(13);
    expect(book.bids.prices).toEqual([10_000, 9_990, 9_980, 9_800]);
  });

  test("a snapshot that is itself too old leaves the book stale", () => {
    const book = liveBook();
    book.applyDelta(delta(20, 21, [["99.00", "1"]]));
    expect(book.applySnapshot({ ...SNAPSHOT, seq: 15 })).toBe(false);
    expect(book.state).toBe("stale");
  });

  test("deltas before the first snapshot wait for it", () => {
    const book = new Book(2, 1);
    expect(book.applyDelta(delta(10, 11, [["99.00", "1"]]))).toBe("kept");
    book.applySnapshot(SNAPSHOT);
    expect(book.seq).toBe(11);
  });

  test("a lost connection keeps what is shown, as stale", () => {
    const book = liveBook();
    book.markStale();
    expect(book.state).toBe("stale");
    expect(book.bids.prices.length).toBe(3);
  });

  test("random deltas leave the same levels as a map would, best first", () => {
    const book = new Book(0, 0);
    book.applySnapshot({ ...SNAPSHOT, bids: [], asks: [] });
    const expected = new Map<number, number>();
    let state = 1;
    for (let seq = 11; seq < 2_000; seq += 1) {
      state = (state * 48_271) % 2_147_483_647;
      const price = state % 97;
      const qty = state % 3;
      if (qty === 0) expected.delete(price);
      else expected.set(price, qty);
      const levels: Level[] = [[String(price), String(qty)]];
      book.applyDelta({ ...delta(seq - 1, seq, levels), asks: levels });
    }
    const prices = [...expected.keys()].sort((a, b) => a - b);
    expect(book.asks.prices).toEqual(prices);
    expect(book.bids.prices).toEqual([...prices].reverse());
    expect(book.asks.qtys).toEqual(prices.map((price) => expected.get(price)));
  });
});

describe("frame", () => {
  function rows(frame: Float64Array, start: number, count: number): number[][] {
    return Array.from({ length: count }, (_, row) => [
      ...frame.slice(start + row * FRAME.ROW, start + (row + 1) * FRAME.ROW),
    ]);
  }

  test("rows are best first with running sums", () => {
    const frame = encodeBookFrame(liveBook(), 1, 2);
    expect([frame[FRAME.BIDS], frame[FRAME.ASKS], frame[FRAME.STALE]]).toEqual([2, 2, 0]);
    expect(rows(frame, FRAME.HEADER, 2)).toEqual([
      [10_000, 10, 10],
      [9_990, 20, 30],
    ]);
    expect(rows(frame, FRAME.HEADER + 2 * FRAME.ROW, 2)).toEqual([
      [10_010, 15, 15],
      [10_020, 25, 40],
    ]);
  });

  test("grouping adds levels up; the best prices stay ungrouped", () => {
    const frame = encodeBookFrame(liveBook(), 100, 10);
    expect(rows(frame, FRAME.HEADER, 2)).toEqual([
      [10_000, 10, 10],
      [9_900, 60, 70],
    ]);
    expect(rows(frame, FRAME.HEADER + 2 * FRAME.ROW, 1)).toEqual([[10_100, 40, 40]]);
    expect([frame[FRAME.BEST_BID], frame[FRAME.BEST_ASK]]).toEqual([10_000, 10_010]);
  });

  test("a cut-off last group still counts all its levels", () => {
    const frame = encodeBookFrame(liveBook(), 100, 2);
    expect(rows(frame, FRAME.HEADER, 2)[1]).toEqual([9_900, 60, 70]);
  });

  test("a stale book says so", () => {
    const book = liveBook();
    book.markStale();
    expect(encodeBookFrame(book, 1, 5)[FRAME.STALE]).toBe(1);
  });
});
