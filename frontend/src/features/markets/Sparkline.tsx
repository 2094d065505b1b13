import { linePath } from "./sparklines";

const WIDTH = 96;
const HEIGHT = 18;

/** The last day of a market as a line; its change stands beside it as text. */
export function Sparkline({ values }: { values: readonly number[] | undefined }) {
  const path = linePath(values ?? [], WIDTH, HEIGHT);
  if (path === "") return <span className="sparkline" />;
  const isUp = values!.at(-1)! >= values![0]!;
  return (
    <svg
      className={`sparkline ${isUp ? "bid" : "ask"}`}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`}
      aria-hidden="true"
    >
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.2" />
    </svg>
  );
}
