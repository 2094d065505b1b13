import { type PointerEvent, useState } from "react";
import { formatClock } from "../../lib/format";
import { msOf } from "./cells";
import { BOX, type ChartLines, formatMetric, lastOf } from "./chart-lines";

interface Props {
  chart: ChartLines;
  times: readonly string[];
}

/** Lines over the last minutes; under the pointer the figures of that time, else the last ones. */
export function LiveChart({ chart: { title, unit, lines, top }, times }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const shownOf = (points: readonly (number | null)[]) =>
    formatMetric(at === null ? lastOf(points) : (points[at] ?? null), unit);

  function pointed(event: PointerEvent<SVGSVGElement>): void {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - left) / Math.max(1, width);
    setAt(Math.min(times.length - 1, Math.max(0, Math.round(share * (times.length - 1)))));
  }

  const figures = lines.map(({ name, points }) => `${name} ${formatMetric(lastOf(points), unit)}`);
  return (
    <figure className="live-chart">
      <figcaption>
        {title}
        <span className="num">
          {at === null || times[at] === undefined ? "" : formatClock(msOf(times[at]))}
        </span>
      </figcaption>
      <div className="live-box">
        <svg
          role="img"
          aria-label={`${title}: ${figures.join(", ")}`}
          viewBox={`0 0 ${BOX.width} ${BOX.height}`}
          preserveAspectRatio="none"
          onPointerMove={pointed}
          onPointerLeave={() => setAt(null)}
        >
          {lines.map(({ name, path }, number) => (
            <path key={name} d={path} data-line={number % 6} />
          ))}
          {at !== null && (
            <path
              className="live-pointer"
              d={`M${(at / Math.max(1, times.length - 1)) * BOX.width} 0v${BOX.height}`}
            />
          )}
        </svg>
        <span className="live-top num" aria-hidden="true">
          {formatMetric(top, unit)}
        </span>
      </div>
      <ul aria-hidden="true">
        {lines.map(({ name, points }, number) => (
          <li key={name}>
            <svg width="16" height="4" viewBox="0 0 16 4" aria-hidden="true">
              <path d="M0 2h16" data-line={number % 6} />
            </svg>
            {name} <span className="num">{shownOf(points)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
