import { expect, test } from "vitest";
import {
  compactDecimal,
  formatAge,
  formatPpm,
  formatRate,
  splitDecimal,
} from "../../src/lib/format";
import { formatUnits, groupPrice, msFromNs, parseUnits } from "../../src/lib/whole-units";

test("decimals are split off and thousands grouped", () => {
  expect(splitDecimal("1234567.89")).toEqual({ whole: "1,234,567", decimals: ".89" });
  expect(splitDecimal("12")).toEqual({ whole: "12", decimals: "" });
});

test("parts per million as per cent", () => {
  expect(formatPpm(12_500, true)).toBe("+1.25 %");
  expect(formatPpm(-180, true)).toBe("−0.02 %");
  expect(formatRate(500)).toBe("0.05 %");
  expect(formatRate(1_000)).toBe("0.1 %");
});

test("large volumes at three to four digits", () => {
  expect(compactDecimal("82190233.12")).toBe("82.19 M");
  expect(compactDecimal("1284.5")).toBe("1.284 K");
  expect(compactDecimal("999.999")).toBe("999.99");
  expect(compactDecimal("0")).toBe("0");
});

test("ages", () => {
  expect([formatAge(-3), formatAge(40.4), formatAge(1_240), formatAge(14_200)]).toEqual([
    "0 ms",
    "40 ms",
    "1.2 s",
    "14 s",
  ]);
});

test("whole units of a decimal, and back", () => {
  expect(parseUnits("64012.13", 2)).toBe(6_401_213);
  expect(parseUnits("0", 5)).toBe(0);
  expect(parseUnits("1.50000000", 2)).toBe(150);
  expect(formatUnits(6_401_213, 2)).toBe("64012.13");
  expect(formatUnits(5, 5)).toBe("0.00005");
});

test("a decimal that has no whole units is a fault", () => {
  expect(() => parseUnits("0.001", 2)).toThrow(RangeError);
  expect(() => parseUnits("90071992547409.93", 4)).toThrow(RangeError);
});

test("a group never shows a better price than its orders have", () => {
  expect(groupPrice(6_401_219, 10, true)).toBe(6_401_210);
  expect(groupPrice(6_401_211, 10, false)).toBe(6_401_220);
  expect(groupPrice(6_401_210, 10, false)).toBe(6_401_210);
});

test("milliseconds of a nanosecond text", () => {
  expect(msFromNs("1760000000123456789")).toBe(1_760_000_000_123);
});
