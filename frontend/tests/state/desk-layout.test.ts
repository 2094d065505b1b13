import { expect, test } from "vitest";
import { DESKS, type Pane, saneLayouts } from "../../src/state/desk-layout";
import {
  BOUNDS,
  deskFor,
  fitted,
  PRESET_SIZES,
  PRESETS,
  panesOf,
} from "../../src/state/desk-sizes";

test("a window's width says how the panels stand beside each other", () => {
  expect([800, 1_099, 1_100, 1_639, 1_640, 2_560].map(deskFor)).toEqual([
    "tablet",
    "tablet",
    "desk",
    "desk",
    "wide",
    "wide",
  ]);
});

test("every preset sizes every panel within its bounds", () => {
  for (const preset of PRESETS) {
    for (const desk of DESKS) {
      const sizes = PRESET_SIZES[preset][desk];
      expect(Object.keys(sizes).sort()).toEqual(panesOf(desk).sort());
      for (const [pane, size] of Object.entries(sizes)) {
        expect(size).toBeGreaterThanOrEqual(BOUNDS[pane as Pane].min);
        expect(size).toBeLessThanOrEqual(BOUNDS[pane as Pane].max);
      }
    }
  }
});

test("what was chosen stands; what was not is as in the standard", () => {
  const sizes = fitted({ book: 400 }, "desk", 1_500, 900);
  expect(sizes).toEqual({ ...PRESET_SIZES.standard.desk, book: 400 });
});

test("a narrower window leaves the chart its room: the book gives way before the ticket", () => {
  const sizes = fitted({ book: 560, ticket: 480 }, "desk", 1_200, 900);
  expect(sizes.book! + sizes.ticket!).toBe(1_200 - 320);
  expect(sizes.ticket).toBe(480);
});

test("a lower window leaves the chart its height, and the ticket its foot above the balances", () => {
  const sizes = fitted({ orders: 700, wallet: 480 }, "desk", 1_400, 600);
  expect(sizes.orders).toBe(400);
  expect(sizes.wallet).toBeLessThan(400);
});

test("what storage holds is believed only where it is a size of a panel", () => {
  const found = { desk: { book: 300, door: 5, tape: "wide", orders: null }, wide: 7, sea: {} };
  expect(saneLayouts(found)).toEqual({ desk: { book: 300 } });
  expect(saneLayouts(null)).toEqual({});
});
