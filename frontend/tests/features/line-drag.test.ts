import { afterEach, beforeEach, expect, test } from "vitest";
import { enableLineDrag } from "../../src/features/chart/line-drag";

const HEIGHT = 200;
let host: EventTarget;
let ended: (number | null)[];
let stop: () => void;

beforeEach(() => {
  Object.assign(globalThis, { document: new EventTarget() });
  host = Object.assign(new EventTarget(), {
    getBoundingClientRect: () => ({ top: 0 }),
    setPointerCapture: () => undefined,
    classList: { toggle: () => undefined },
  });
  ended = [];
  stop = enableLineDrag<number>(host as HTMLElement, {
    lines: () => [{ key: 7, y: 100 }],
    height: () => HEIGHT,
    moved: () => undefined,
    ended: (_, y) => ended.push(y),
  });
});

afterEach(() => {
  stop();
  Reflect.deleteProperty(globalThis, "document");
});

function pointer(type: string, clientY: number): void {
  const at = { clientY, button: 0, buttons: 1, pointerId: 1 };
  host.dispatchEvent(Object.assign(new Event(type), at));
}

function drag(to: number): void {
  pointer("pointerdown", 100);
  pointer("pointermove", to);
  pointer("pointerup", to);
}

test("a line is let go where it was dragged to", () => {
  drag(150);
  expect(ended).toEqual([150]);
});

test("a line that is let go outside the prices is given up", () => {
  drag(HEIGHT + 40);
  drag(-5);
  expect(ended).toEqual([null, null]);
});

test("a click moves nothing", () => {
  drag(101);
  expect(ended).toEqual([]);
});
