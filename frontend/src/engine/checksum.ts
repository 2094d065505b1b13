import { formatUnits } from "../lib/whole-units";
import type { BookSide } from "./book-side";

/** Levels of each side that count. */
const LEVELS = 25;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

/** The CRC-32 of text in ASCII, unsigned. */
export function crc32(text: string): number {
  let rest = 0xffffffff;
  for (let at = 0; at < text.length; at += 1) {
    rest = TABLE[(rest ^ text.charCodeAt(at)) & 0xff]! ^ (rest >>> 8);
  }
  return (rest ^ 0xffffffff) >>> 0;
}

/** What the exchange says of the same book: best levels first, each as it is sent. */
export function bookChecksum(
  sides: readonly BookSide[],
  priceDecimals: number,
  qtyDecimals: number,
): number {
  const levels = sides.flatMap(({ prices, qtys }) =>
    prices
      .slice(0, LEVELS)
      .map(
        (price, at) =>
          `${formatUnits(price, priceDecimals)}:${formatUnits(qtys[at]!, qtyDecimals)}`,
      ),
  );
  return crc32(levels.join(","));
}
