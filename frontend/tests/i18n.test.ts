import { expect, test } from "vitest";
import { de } from "../src/i18n/de";
import { en } from "../src/i18n/en";
import { es } from "../src/i18n/es";
import {
  currentLocale,
  fill,
  loadCatalogue,
  preferredLocale,
  t,
  translateIfKnown,
} from "../src/i18n/translate";
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

test.each([en, de, es])("copy is plain: no exclamation marks, no empty messages", (catalogue) => {
  const wrong = Object.entries(catalogue).filter(
    ([, text]) => text.includes("!") || text.trim() === "",
  );
  expect(wrong).toEqual([]);
});

test.each([de, es])("a translation fills in exactly what the English text does", (catalogue) => {
  const values = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const wrong = Object.entries(en).filter(
    ([key, text]) => String(values(text)) !== String(values(catalogue[key as keyof typeof en])),
  );
  expect(wrong).toEqual([]);
});

test("the language is the first that the browser asks for and the page speaks", () => {
  expect(preferredLocale(["fr-FR", "es-MX", "de"])).toBe("es");
  expect(preferredLocale(["fr", "toString"])).toBe("en");
  expect(preferredLocale([])).toBe("en");
});

test("another language is spoken once it is loaded", async () => {
  await loadCatalogue("de");
  expect([currentLocale(), t("side.buy")]).toEqual(["de", "Kauf"]);
  await loadCatalogue("en");
  expect([currentLocale(), t("side.buy")]).toEqual(["en", "Buy"]);
});

test("the theme follows the system until one is chosen", () => {
  expect(resolveTheme("system", true)).toBe("day");
  expect(resolveTheme("system", false)).toBe("night");
  expect(resolveTheme("night", true)).toBe("night");
});
