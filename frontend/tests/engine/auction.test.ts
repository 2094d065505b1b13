import { describe, expect, test } from "vitest";
import type { BookSnapshot } from "../../src/api/types";
import { Book } from "../../src/engine/book";
import { encodeBookFrame, FRAME } from "../../src/engine/book-frame";
import { TAKER, TAPE, Tape } from "../../src/engine/tape";
import { pictureOf } from "../../src/state/auction";

function snapshot(part: Partial<BookSnapshot>): BookSnapshot {
  return {
    channel: "book",
    symbol: "BTC-USDT",
    type: "snapshot",
    seq: 1,
    bids: [],
    asks: [],
    ...part,
  };
}

function frameOf(...snapshots: BookSnapshot[]): Float64Array {
  const book = new Book(2, 1);
  for (const one of snapshots) book.applySnapshot(one);
  return encodeBookFrame(book, 1, 10);
}

const CALL = snapshot({ auction: { price: "100.01", qty: "2.5", imbalance: "-0.5" } });

describe("an auction", () => {
  test("shows no levels but its price, its volume and its imbalance", () => {
    const frame = frameOf(CALL);
    expect([frame[FRAME.BIDS], frame[FRAME.ASKS]]).toEqual([0, 0]);
    expect(pictureOf(frame, null)).toEqual({ price: 10_001, qty: 25, imbalance: -5 });
  });

  test("where nothing would trade has no price", () => {
    const frame = frameOf(snapshot({ auction: { price: null, qty: "0.0", imbalance: "0.0" } }));
    expect(pictureOf(frame, null)).toEqual({ price: null, qty: 0, imbalance: 0 });
  });

  test("is over with the first snapshot that has levels again", () => {
    const after = snapshot({ seq: 2, bids: [["100.00", "1.0"]], auction: null });
    const frame = frameOf(CALL, after);
    expect([frame[FRAME.AUCTION], frame[FRAME.BIDS]]).toEqual([0, 1]);
    expect(pictureOf(frame, null)).toBeNull();
  });

  test("that has not changed is the same picture, so that nothing is drawn anew", () => {
    const picture = pictureOf(frameOf(CALL), null);
    expect(pictureOf(frameOf(CALL), picture)).toBe(picture);
  });

  test("trades without a taker", () => {
    const tape = new Tape(2, 1);
    const trade = { trade_id: 1, price: "100.01", qty: "1.0", ts_ns: "1760000000000000000" };
    tape.add([{ ...trade, aggressor_side: "none" }]);
    expect(tape.encode()[TAPE.TAKER]).toBe(TAKER.none);
  });
});
