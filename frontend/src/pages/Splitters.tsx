import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { t } from "../i18n/translate";
import type { Desk, Pane, Sizes } from "../state/desk-layout";
import { BOUNDS, deskFor, fitted, panesOf, within } from "../state/desk-sizes";
import { setPreferences, usePreferences } from "../state/preferences";

const STEP_PX = 16;

/** Null: as it was before anybody changed it. */
type Resize = (pane: Pane, to: number | null) => void;

/** On a tablet the page scrolls, so its panels grow downwards; elsewhere towards the chart. */
const GROWS: Readonly<Record<Pane, "left" | "up" | "down">> = {
  chart: "down",
  book: "left",
  tape: "left",
  ticket: "left",
  orders: "up",
  wallet: "up",
};

/** The desk on screen, its panels' sizes, and the way to change one of them. */
export function useDesk(): { desk: Desk; sizes: Sizes; resize: Resize } {
  const layouts = usePreferences((preferences) => preferences.layouts);
  const [room, setRoom] = useState({ width: innerWidth, height: innerHeight });
  useEffect(() => {
    const resized = () => setRoom({ width: innerWidth, height: innerHeight });
    addEventListener("resize", resized);
    return () => removeEventListener("resize", resized);
  }, []);
  const desk = deskFor(room.width);
  const chosen = layouts[desk] ?? {};
  const sizes = fitted(chosen, desk, room.width, room.height - ABOVE_PX);
  const resize: Resize = (pane, to) => {
    const { [pane]: _, ...others } = chosen;
    const next = to === null ? others : { ...others, [pane]: within(to, BOUNDS[pane]) };
    setPreferences({ layouts: { ...layouts, [desk]: next } });
  };
  return { desk, sizes, resize };
}

/** The bar at the top and the market's strip. */
const ABOVE_PX = 96;

/** What the style sheet lays the panels out by. */
export function sizeProperties(sizes: Sizes): React.CSSProperties {
  const named = Object.entries(sizes).map(([pane, size]) => [`--size-${pane}`, `${size}px`]);
  return Object.fromEntries(named);
}

interface Props {
  desk: Desk;
  sizes: Sizes;
  resize: Resize;
}

/** The lines between the panels, each movable by pointer and by arrow keys; Enter puts it back. */
export function Splitters({ desk, sizes, resize }: Props) {
  return panesOf(desk).map((pane) => (
    <Splitter
      key={pane}
      pane={pane}
      grows={desk === "tablet" ? "down" : GROWS[pane]}
      size={sizes[pane]!}
      onSize={(size) => resize(pane, size)}
    />
  ));
}

interface SplitterProps {
  pane: Pane;
  grows: "left" | "up" | "down";
  size: number;
  onSize: (size: number | null) => void;
}

function Splitter({ pane, grows, size, onSize }: SplitterProps) {
  const from = useRef<{ at: number; size: number } | null>(null);
  const isUpright = grows === "left";
  const at = (event: PointerEvent) => (isUpright ? event.clientX : event.clientY);
  const sign = grows === "down" ? 1 : -1;

  function down(event: PointerEvent<HTMLElement>): void {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { at: at(event), size };
  }
  function move(event: PointerEvent): void {
    if (from.current !== null) onSize(from.current.size + sign * (at(event) - from.current.at));
  }
  function keyed(event: KeyboardEvent): void {
    const towards = KEYS[event.key];
    if (event.key === "Enter") onSize(null);
    else if (towards === undefined || towards.isUpright !== isUpright) return;
    else onSize(size + sign * towards.sign * STEP_PX);
    event.preventDefault();
  }
  const release = () => {
    from.current = null;
  };
  const { min, max } = BOUNDS[pane];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot have the focus
    <div
      className={`splitter splitter-${pane} ${isUpright ? "upright" : "level"}`}
      role="separator"
      tabIndex={0}
      aria-label={t(`size.${pane}`)}
      aria-orientation={isUpright ? "vertical" : "horizontal"}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuenow={size}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={release}
      onDoubleClick={() => onSize(null)}
      onKeyDown={keyed}
    />
  );
}

const KEYS: Readonly<Record<string, { isUpright: boolean; sign: 1 | -1 }>> = {
  ArrowLeft: { isUpright: true, sign: -1 },
  ArrowRight: { isUpright: true, sign: 1 },
  ArrowUp: { isUpright: false, sign: -1 },
  ArrowDown: { isUpright: false, sign: 1 },
};
