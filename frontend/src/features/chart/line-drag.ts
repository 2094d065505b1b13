/** A horizontal line that can be moved, where it is on screen now. */
export interface DragLine<Key> {
  key: Key;
  /** Pixels from the top; null while out of view. */
  y: number | null;
}

export interface DragOutlet<Key> {
  /** Lines that can be moved, as they stand. */
  lines: () => readonly DragLine<Key>[];
  /** Pixels from the top: a line let go above 0 or below this is given up. */
  height: () => number;
  /** The line is held at this height. */
  moved: (key: Key, y: number) => void;
  /** It was let go there; null: it was given up, and goes back. */
  ended: (key: Key, y: number | null) => void;
}

/** As near as this the line is meant. */
const REACH_PX = 5;
/** Less is a click. */
const DRAG_FROM_PX = 3;

/** Lets horizontal lines of `host` be dragged, before the chart takes the gesture; returns the way to stop. */
export function enableLineDrag<Key>(host: HTMLElement, outlet: DragOutlet<Key>): () => void {
  let held: { key: Key; fromY: number; moves: boolean } | null = null;

  const lineAt = (event: PointerEvent): DragLine<Key> | undefined => {
    const y = heightIn(host, event);
    return outlet.lines().find((line) => line.y !== null && Math.abs(line.y - y) <= REACH_PX);
  };
  const down = (event: PointerEvent) => {
    const line = event.button === 0 ? lineAt(event) : undefined;
    if (line === undefined) return;
    event.stopPropagation();
    event.preventDefault();
    host.setPointerCapture(event.pointerId);
    held = { key: line.key, fromY: heightIn(host, event), moves: false };
  };
  const move = (event: PointerEvent) => {
    if (held === null) {
      host.classList.toggle("over-line", event.buttons === 0 && lineAt(event) !== undefined);
      return;
    }
    event.stopPropagation();
    const y = heightIn(host, event);
    held.moves ||= Math.abs(y - held.fromY) >= DRAG_FROM_PX;
    if (held.moves) outlet.moved(held.key, y);
  };
  const end = (y: number | null) => {
    if (held?.moves) outlet.ended(held.key, y);
    held = null;
  };
  const up = (event: PointerEvent) => {
    const y = heightIn(host, event);
    end(y >= 0 && y <= outlet.height() ? y : null);
  };
  const cancel = () => end(null);
  const key = (event: KeyboardEvent) => {
    if (event.key === "Escape") cancel();
  };

  // The chart listens to mouse events of its own; it must not scroll while a line is held.
  const mouse = (event: MouseEvent) => {
    if (held !== null) event.stopPropagation();
  };
  host.addEventListener("pointerdown", down, true);
  host.addEventListener("pointermove", move, true);
  host.addEventListener("pointerup", up, true);
  host.addEventListener("pointercancel", cancel, true);
  host.addEventListener("mousedown", mouse, true);
  host.addEventListener("touchstart", mouse as EventListener, true);
  document.addEventListener("keydown", key);
  return () => {
    host.removeEventListener("pointerdown", down, true);
    host.removeEventListener("pointermove", move, true);
    host.removeEventListener("pointerup", up, true);
    host.removeEventListener("pointercancel", cancel, true);
    host.removeEventListener("mousedown", mouse, true);
    host.removeEventListener("touchstart", mouse as EventListener, true);
    document.removeEventListener("keydown", key);
  };
}

function heightIn(host: HTMLElement, event: PointerEvent): number {
  return event.clientY - host.getBoundingClientRect().top;
}
