import { expect, test } from "vitest";
import { en } from "../src/i18n/en";
import { fill, t, translateIfKnown } from "../src/i18n/translate";
import { resolveTheme } from "../src/state/preferences";

test("values are filled in", () => {
  const values = { side: "Buy", qty: "0.250", asset: "BTC", terms: "64,012.13" };
  expect(t("notice.placed", { order: t("orders.resting", values) })).toBe(
    "Buy 0.250 BTC at 64,012.13 placed",
  );
});

test("a value that is missing stays visible", () => {
  expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
});

test("an unknown error code has no translation", () => {
  expect(translateIfKnown("error.NO_SUCH_CODE")).toBeNull();
});

test("copy is plain: no exclamation marks, no empty messages", () => {
  const wrong = Object.entries(en).filter(([, text]) => text.includes("!") || text.trim() === "");
  expect(wrong).toEqual([]);
});

test("the theme follows the system until one is chosen", () => {
  expect(resolveTheme("system", true)).toBe("day");
  expect(resolveTheme("system", false)).toBe("night");
  expect(resolveTheme("night", true)).toBe("night");
});
