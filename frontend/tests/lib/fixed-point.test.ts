import { describe, expect, test } from "vitest";
import {
  divideUp,
  fixedFromServer,
  floorTo,
  formatFixed,
  notional,
  parseFixed,
  rescale,
  trimFixed,
} from "../../src/lib/fixed-point";

describe("parsing", () => {
  test.each([
    ["64012.13", 2, 6401213n],
    ["0.1", 8, 10_000_000n],
    [".5", 2, 50n],
    ["5.", 2, 500n],
    ["007", 0, 7n],
    ["1.500", 1, 15n],
    ["90071992547409931234.00000001", 8, 9007199254740993123400000001n],
  ])("%s at scale %i", (text, scale, units) => {
    expect(parseFixed(text, scale)).toBe(units);
  });

  test.each(["", ".", "-1", "1e3", "1,000", "0x10", "NaN", "1.2.3", "١"])(
    "%j is no plain decimal",
    (text) => {
      expect(parseFixed(text, 8)).toBeNull();
    },
  );

  test("digits below the scale are refused, not rounded", () => {
    expect(parseFixed("0.001", 2)).toBeNull();
  });

  test("a server's text that is no decimal is a fault", () => {
    expect(() => fixedFromServer("abc", 2)).toThrow(RangeError);
    expect(fixedFromServer("-1.50", 2)).toBe(-150n);
  });
});

test("0.1 + 0.2 is 0.3", () => {
  const sum = parseFixed("0.1", 8)! + parseFixed("0.2", 8)!;
  expect(trimFixed(sum, 8)).toBe("0.3");
});

test("formatting gives back what was parsed", () => {
  expect(formatFixed(6401213n, 2)).toBe("64012.13");
  expect(formatFixed(5n, 8)).toBe("0.00000005");
  expect(formatFixed(-5n, 2)).toBe("-0.05");
  expect(formatFixed(7n, 0)).toBe("7");
});

test("trimming keeps the decimals asked for", () => {
  expect(trimFixed(150_000_000n, 8)).toBe("1.5");
  expect(trimFixed(100_000_000n, 8)).toBe("1");
  expect(trimFixed(100_000_000n, 8, 2)).toBe("1.00");
});

test("rescaling down cuts towards zero", () => {
  expect(rescale(199n, 2, 0)).toBe(1n);
  expect(rescale(199n, 2, 4)).toBe(19_900n);
});

test("notional of price and quantity is exact", () => {
  // 64012.13 × 0.25000 = 16003.0325
  expect(notional(6401213n, 2, 25_000n, 5, 8)).toBe(1_600_303_250_000n);
});

test("steps and rounding up", () => {
  expect(floorTo(1_234n, 100n)).toBe(1_200n);
  expect(divideUp(10n, 3n)).toBe(4n);
  expect(divideUp(9n, 3n)).toBe(3n);
});
