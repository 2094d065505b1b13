import { expect, test } from "vitest";
import { countdown } from "../../src/features/status/countdown";

test("a clock that runs down in whole seconds, and ends", () => {
  const left = [3_729_000, 245_001, 60_000, 1, 0, -5].map((ms) => countdown(1_000 + ms, 1_000));
  expect(left).toEqual(["1:02:09", "4:06", "1:00", "0:01", null, null]);
});
