import { expect, test } from "vitest";
import { placeCard, TOUR_STEPS } from "../../src/features/onboarding/tour-steps";
import { TOUR_WORDS } from "../../src/i18n/tour";

const CARD = { width: 300, height: 160 };
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };

test.each([
  ["the chart", { left: 0, top: 84, width: 850, height: 540 }, DESK],
  ["the ticket", { left: 1136, top: 84, width: 304, height: 670 }, DESK],
  ["the balances, at the bottom", { left: 1136, top: 760, width: 304, height: 140 }, DESK],
  ["the pages' row", { left: 90, top: 0, width: 300, height: 40 }, DESK],
  ["a tab of the phone", { left: 216, top: 690, width: 72, height: 50 }, PHONE],
])("the card of %s is whole on screen and beside it", (_, target, view) => {
  const { left, top } = placeCard(target, CARD, view);
  expect(left >= 0 && left + CARD.width <= view.width).toBe(true);
  expect(top >= 0 && top + CARD.height <= view.height).toBe(true);
  const beside = left + CARD.width <= target.left || left >= target.left + target.width;
  const over = top + CARD.height <= target.top || top >= target.top + target.height;
  expect(beside || over).toBe(true);
});

test("the card of what has been scrolled away is whole on screen", () => {
  const away = { left: 0, top: 1_086, width: 768, height: 320 };
  expect(placeCard(away, CARD, { width: 768, height: 1_024 }).top).toBe(1_024 - 160 - 8);
});

test("what fills the whole screen has its card at its lower end, whole on screen", () => {
  const whole = { left: 0, top: 0, ...PHONE };
  expect(placeCard(whole, CARD, PHONE)).toEqual({ left: 8, top: 740 - 160 - 8 });
});

test("every step has its words in every language", () => {
  for (const words of Object.values(TOUR_WORDS)) {
    for (const { name } of TOUR_STEPS) {
      expect([words[name], words[`${name}Text`]].every((text) => text.length > 3)).toBe(true);
    }
  }
});
