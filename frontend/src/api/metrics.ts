import type { components } from "./generated/schema";

/** What every process measured in the last minutes, on one clock. Apart from the rest: one page alone needs it. */

type Schemas = components["schemas"];

export type MetricsHistory = Schemas["MetricsHistory"];
export type MetricSeries = Schemas["MetricSeries"];
export type MetricUnit = MetricSeries["unit"];
export type FiringAlert = Schemas["FiringAlert"];
