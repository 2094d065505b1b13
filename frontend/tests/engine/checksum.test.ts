import { expect, test } from "vitest";
import type { BookDelta, BookSnapshot, Level } from "../../src/api/types";
import { Book, CHECK_EVERY } from "../../src/engine/book";
import { bookChecksum, crc32 } from "../../src/engine/checksum";

const SNAPSHOT: BookSnapshot = {
  channel: "book",
  symbol: "A-B",
  type: "snapshot",
  seq: 0,
  bids: [["99.50", "2"]],
  asks: [["100.00", "1"]],
};

/** The book's price goes up and down; every delta carries the checksum of what it leaves. */
function delta(seq: number, checksum?: number): BookDelta {
  const bids: Level[] = [["99.00", String(seq)]];
  const told = crc32(`99.50:2,99.00:${seq},100.00:1`);
  const asks: Level[] = [];
  return {
    channel: "book",
    symbol: "A-B",
    type: "delta",
    prev: seq - 1,
    seq,
    bids,
    asks,
    checksum: checksum ?? told,
  };
}

function followed(wrongAt: number): { book: Book; results: string[] } {
  const book = new Book(2, 0);
  book.applySnapshot(SNAPSHOT);
  const results: string[] = [];
  for (let seq = 1; seq <= CHECK_EVERY; seq += 1) {
    results.push(book.applyDelta(delta(seq, seq === wrongAt ? 7 : undefined)));
  }
  return { book, results };
}

test("the checksum is that of the protocol's example", () => {
  expect(crc32("99.50:2,99.00:5,100.00:1.25")).toBe(2_432_088_876);
});

test("a book's checksum is of its best levels, bids first, each as it is sent", () => {
  const { book } = followed(-1);
  const text = `99.50:2,99.00:${CHECK_EVERY},100.00:1`;
  expect(bookChecksum([book.bids, book.asks], 2, 0)).toBe(crc32(text));
});

test("a book that agrees with the exchange stays live", () => {
  const { book, results } = followed(-1);
  expect(new Set(results)).toEqual(new Set(["applied"]));
  expect(book.state).toBe("live");
});

test("one that does not is stale, and a snapshot is asked for", () => {
  const { book, results } = followed(CHECK_EVERY);
  expect(results.at(-1)).toBe("gap");
  expect(book.state).toBe("stale");
  expect(book.applySnapshot({ ...SNAPSHOT, seq: CHECK_EVERY })).toBe(true);
});
