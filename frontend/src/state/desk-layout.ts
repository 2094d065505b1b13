/** How wide and high the panels of the trade screen are: pure rules. Sizes in CSS pixels. */

export const DESKS = ["tablet", "desk", "wide"] as const;
/** The three ways in which panels stand beside each other; on a phone there is one at a time. */
export type Desk = (typeof DESKS)[number];

export const PANES = ["chart", "book", "tape", "ticket", "orders", "wallet"] as const;
/** What can be sized. What is left belongs to the chart, but on a tablet, where the page scrolls. */
export type Pane = (typeof PANES)[number];
export type Sizes = Readonly<Partial<Record<Pane, number>>>;

/** Sizes a person chose, by desk; what is missing is as in the standard. */
export type Layouts = Readonly<Partial<Record<Desk, Sizes>>>;

/** Text from storage may be of an older version, or anyone's. */
export function saneLayouts(found: unknown): Layouts {
  const layouts: Partial<Record<Desk, Sizes>> = {};
  for (const desk of DESKS) {
    const sizes = (found as Partial<Record<Desk, unknown>> | null)?.[desk];
    if (typeof sizes !== "object" || sizes === null) continue;
    const known = Object.entries(sizes).filter(
      ([pane, size]) => PANES.includes(pane as Pane) && Number.isFinite(size),
    );
    layouts[desk] = Object.fromEntries(known);
  }
  return layouts;
}
