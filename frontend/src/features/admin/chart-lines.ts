import type { MetricSeries, MetricsHistory, MetricUnit } from "../../api/metrics";

/** What live charts draw: series of one name together, as lines in a box of fixed size. */

export const BOX = { width: 300, height: 72 } as const;

export interface Line {
  name: string;
  /** The box's coordinates; broken where nothing was measured. */
  path: string;
  points: readonly (number | null)[];
}

export interface ChartLines {
  name: string;
  title: string;
  unit: MetricUnit;
  lines: readonly Line[];
  /** What the top of the box stands for. */
  top: number;
}

/** What is looked at first; the rest follows as it comes. */
const FIRST: readonly string[] = [
  "orders_per_second",
  "order_seconds",
  "order_stage_seconds",
  "engine_commands_per_second",
  "requests_per_second",
  "errors_per_second",
  "events_behind",
  "settlement_lag_seconds",
  "sockets",
  "messages_per_second",
];

function rankOf(name: string): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? FIRST.length : at;
}

/** One chart a name: what is looked at first, then the others in the order in which they come. */
export function chartsOf({ series }: Pick<MetricsHistory, "series">): ChartLines[] {
  const names = [...new Set(series.map(({ name }) => name))].sort(
    (one, other) => rankOf(one) - rankOf(other),
  );
  return names.map((name) => {
    const group = series.filter((one) => one.name === name);
    const top = roundUp(Math.max(0, ...group.flatMap(({ points }) => points.map(Number))));
    const { title, unit } = group[0]!;
    const lines = group.map((one) => ({
      name: lineName(one, group),
      path: pathOf(one.points, top),
      points: one.points,
    }));
    return { name, title, unit, lines, top };
  });
}

/** What tells a line apart from the others of its chart. */
function lineName({ process, label }: MetricSeries, group: readonly MetricSeries[]): string {
  const hasOneProcess = group.every((other) => other.process === process);
  const parts = [hasOneProcess ? "" : process, label].filter((part) => part !== "");
  return parts.length > 0 ? parts.join(" ") : process;
}

/** The next of 1, 2, 5 times a power of ten: the scale jumps seldom. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => value <= each * power * (1 + 1e-9));
  return (step ?? 10) * power;
}

/** The line of the points from the left edge to the right. */
export function pathOf(points: readonly (number | null)[], top: number): string {
  const last = Math.max(1, points.length - 1);
  let path = "";
  let isDown = false;
  points.forEach((point, at) => {
    if (point === null) {
      isDown = false;
      return;
    }
    const x = (at / last) * BOX.width;
    const y = BOX.height - (Math.max(0, point) / top) * BOX.height;
    path += `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  });
  return path;
}

/** The last point that was measured. */
export function lastOf(points: readonly (number | null)[]): number | null {
  return points.findLast((point) => point !== null) ?? null;
}

const SECONDS: readonly (readonly [number, string])[] = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "µs"],
];
const BYTES: readonly (readonly [number, string])[] = [
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
  [2 ** 10, "KiB"],
  [1, "B"],
];
const COUNTS: readonly (readonly [number, string])[] = [
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "K"],
  [1, ""],
];

/** A measurement at three digits with its unit. */
export function formatMetric(value: number | null, unit: MetricUnit): string {
  if (value === null) return "–";
  if (unit === "ratio") return `${digits(value * 100)} %`;
  if (unit === "seconds") return scaled(value, SECONDS);
  if (unit === "bytes") return scaled(value, BYTES);
  return unit === "per_second" ? `${scaled(value, COUNTS)}/s` : scaled(value, COUNTS);
}

function scaled(value: number, units: readonly (readonly [number, string])[]): string {
  const [size, suffix] = units.find(([each]) => value >= each) ?? units.at(-1)!;
  return suffix === "" ? digits(value / size) : `${digits(value / size)} ${suffix}`;
}

function digits(value: number): string {
  if (Number.isInteger(value) || value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}
