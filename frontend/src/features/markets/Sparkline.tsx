import { linePath } from "./sparklines";

const WIDTH = 96;
const HEIGHT = 18;

interface Props {
  values: readonly number[] | undefined;
  /** Whether the day's change, which stands beside it as text, is up. */
  isUp: boolean;
}

/** The last day of a market as a line. */
export function Sparkline({ values, isUp }: Props) {
  const path = linePath(values ?? [], WIDTH, HEIGHT);
  if (path === "") return <span className="sparkline" />;
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
