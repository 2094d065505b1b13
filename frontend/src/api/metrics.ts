/** What every process measured in the last minutes, on one clock. Apart from the rest: one page alone needs it. */

export type MetricUnit = "per_second" | "seconds" | "count" | "bytes" | "ratio";

export interface MetricSeries {
  name: string;
  title: string;
  unit: MetricUnit;
  /** "": all together. */
  process: string;
  /** What tells series of one name and process apart, such as "p99". */
  label: string;
  /** One a time, null where nothing was measured. */
  points: readonly (number | null)[];
}

export interface FiringAlert {
  name: string;
  severity: string;
  summary: string;
  process: string;
  label: string;
  value: number;
  threshold: number;
  since_ts_ns: string;
  runbook: string;
}

export interface MetricsHistory {
  interval_s: number;
  /** Oldest first. */
  ts_ns: readonly string[];
  series: readonly MetricSeries[];
  alerts: readonly FiringAlert[];
}
