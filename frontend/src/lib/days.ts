/** Days as the API and a date input write them, and moments in full. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NS_OF_MS = "000000";

/** Whether a text names a day of the calendar. */
export function isDay(text: string): boolean {
  return DAY.test(text) && dayText(new Date(`${text}T00:00:00Z`)) === text;
}

/** The day of UTC that a moment is in; "" for none. */
export function dayText(moment: Date): string {
  return Number.isNaN(moment.getTime()) ? "" : moment.toISOString().slice(0, 10);
}

/** When a day of the reader's own clock begins, or one some days later: Unix ns, as the API takes it. */
export function localDayNs(day: string, daysLater = 0): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return `${new Date(year, month - 1, date + daysLater).getTime()}${NS_OF_MS}`;
}

export interface Period {
  from: string;
  to: string;
}

/** The days of a month of UTC, the last one at most `today`; `monthsBack`: 0 is the month of `today`. */
export function monthOf(today: string, monthsBack: number): Period {
  const [year, month] = today.split("-").map(Number) as [number, number];
  const from = dayText(new Date(Date.UTC(year, month - 1 - monthsBack, 1)));
  const last = dayText(new Date(Date.UTC(year, month - monthsBack, 0)));
  return { from, to: last < today ? last : today };
}

/** The year of `today` so far. */
export function yearOf(today: string): Period {
  return { from: `${today.slice(0, 4)}-01-01`, to: today };
}

const stamp = new Intl.DateTimeFormat("sv-SE", {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** A moment on the reader's clock, year and all: "2026-11-20 14:03:27". */
export function stampText(ms: number): string {
  return stamp.format(ms);
}
