import { type Desk, PANES, type Pane, type Sizes } from "./desk-layout";

/** The panels' sizes within their bounds and the window's: pure rules. */

export const PRESETS = ["standard", "compact", "chart"] as const;
export type Preset = (typeof PRESETS)[number];

interface Bounds {
  min: number;
  max: number;
}

export const BOUNDS: Readonly<Record<Pane, Bounds>> = {
  chart: { min: 220, max: 900 },
  book: { min: 220, max: 560 },
  tape: { min: 200, max: 480 },
  ticket: { min: 264, max: 480 },
  orders: { min: 120, max: 720 },
  wallet: { min: 84, max: 480 },
};

/** What of the ticket stands beside the orders, above the balances. */
const TICKET_FOOT = 36;

/** What the chart keeps, whatever else is chosen. */
const CHART_MIN = { width: 320, height: 200 };

const STANDARD: Readonly<Record<Desk, Sizes>> = {
  tablet: { chart: 360, orders: 320 },
  desk: { book: 284, ticket: 304, orders: 272, wallet: 139 },
  wide: { book: 300, tape: 268, ticket: 312, orders: 320, wallet: 160 },
};

const COMPACT: Readonly<Record<Desk, Sizes>> = {
  tablet: { chart: 280, orders: 220 },
  desk: { book: 236, ticket: 264, orders: 196, wallet: 104 },
  wide: { book: 244, tape: 212, ticket: 268, orders: 212, wallet: 112 },
};

const CHART: Readonly<Record<Desk, Sizes>> = {
  tablet: { chart: 560, orders: 220 },
  desk: { book: 220, ticket: 264, orders: 120, wallet: 104 },
  wide: { book: 220, tape: 200, ticket: 264, orders: 120, wallet: 104 },
};

export const PRESET_SIZES: Readonly<Record<Preset, Readonly<Record<Desk, Sizes>>>> = {
  standard: STANDARD,
  compact: COMPACT,
  chart: CHART,
};

/** The desk for a window of this width. */
export function deskFor(width: number): Desk {
  if (width < 1_100) return "tablet";
  return width < 1_640 ? "desk" : "wide";
}

export function panesOf(desk: Desk): Pane[] {
  return PANES.filter((pane) => STANDARD[desk][pane] !== undefined);
}

/** The sizes chosen, as far as a window has room for them and its chart. */
export function fitted(chosen: Sizes, desk: Desk, width: number, height: number): Sizes {
  const sizes: Partial<Record<Pane, number>> = {};
  for (const pane of panesOf(desk)) {
    sizes[pane] = within(chosen[pane] ?? STANDARD[desk][pane]!, BOUNDS[pane]);
  }
  if (desk === "tablet") return sizes;
  narrow(sizes, ["book", "tape", "ticket"], width - CHART_MIN.width);
  sizes.orders = Math.min(sizes.orders!, Math.max(BOUNDS.orders.min, height - CHART_MIN.height));
  // The balances stand beside the orders and are never the higher ones of the two.
  sizes.wallet = Math.min(sizes.wallet!, sizes.orders - TICKET_FOOT);
  return sizes;
}

/** Takes from the first what the row has too much, then from the next. */
function narrow(sizes: Partial<Record<Pane, number>>, row: readonly Pane[], room: number): void {
  let over = row.reduce((sum, pane) => sum + (sizes[pane] ?? 0), 0) - room;
  for (const pane of row) {
    const size = sizes[pane];
    if (size === undefined || over <= 0) continue;
    sizes[pane] = Math.max(BOUNDS[pane].min, size - over);
    over -= size - sizes[pane];
  }
}

export function within(size: number, { min, max }: Bounds): number {
  return Math.min(max, Math.max(min, Math.round(size)));
}
