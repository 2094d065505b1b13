/**
 * What the tour shows, in its order, each with where it is: the first of these that is on screen. A phone shows
 * one section at a time, and the tour then points at the section's tab.
 */
export const TOUR_STEPS = [
  { name: "chart", places: [".area-chart", ".phone-tabs button:nth-child(1)"] },
  { name: "book", places: [".area-book", ".phone-tabs button:nth-child(2)"] },
  { name: "ticket", places: [".area-ticket", ".phone-tabs button:nth-child(4)"] },
  {
    name: "funds",
    places: [".area-wallet", ".phone-tabs button:nth-child(5)", ".area-orders"],
  },
  { name: "orders", places: [".area-orders", ".phone-tabs button:nth-child(5)"] },
  { name: "palette", places: [".page-nav"] },
] as const;

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GAP = 8;

/**
 * Where a card stands that explains what is in `target`: beside it where there is room, else below or above, else
 * over its lower end; whole inside the view. Pixels.
 */
export function placeCard(
  target: Box,
  card: { width: number; height: number },
  view: { width: number; height: number },
): { left: number; top: number } {
  const right = target.left + target.width + GAP;
  const left = target.left - GAP - card.width;
  const below = target.top + target.height + GAP;
  const above = target.top - GAP - card.height;
  const fitX = (x: number) => Math.max(GAP, Math.min(x, view.width - card.width - GAP));
  const fitY = (y: number) => Math.max(GAP, Math.min(y, view.height - card.height - GAP));
  if (right + card.width + GAP <= view.width) return { left: right, top: fitY(target.top) };
  if (left >= GAP) return { left, top: fitY(target.top) };
  if (below + card.height + GAP <= view.height) return { left: fitX(target.left), top: below };
  if (above >= GAP) return { left: fitX(target.left), top: fitY(above) };
  return { left: fitX(target.left), top: fitY(below) };
}
