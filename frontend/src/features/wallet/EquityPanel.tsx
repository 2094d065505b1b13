import { type ComponentType, Suspense, useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";
import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Candle } from "../../api/types";
import { type BalanceHistory, getBalanceHistory, getCandlesFrom } from "../../api/wallet";
import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { stampText } from "../../lib/days";
import { formatFixed } from "../../lib/fixed-point";
import { useLoaded } from "../../state/loaded";
import { assetScale, useMarket } from "../../state/market";
import { FilterChoice } from "../../ui/RecordTools";
import { Amount } from "./Amount";
import { type Equity, type EquityInterval, type EquityPoint, equityOf } from "./equity";

/** How far back, in which steps. */
const PERIODS = {
  last6h: { interval: "1m", count: 360 },
  last14d: { interval: "1h", count: 336 },
  lastYear: { interval: "1d", count: 366 },
} as const satisfies Record<string, { interval: EquityInterval; count: number }>;
type PeriodName = keyof typeof PERIODS;
const NAMES = Object.keys(PERIODS) as PeriodName[];

export interface EquityChartProps {
  points: readonly EquityPoint[];
  scale: number;
  label: string;
}

interface Props {
  /** Draws the curve; it comes with the chart library, when it is needed. */
  Chart: ComponentType<EquityChartProps>;
}

/** What the account was worth over time, and how much of that trading made. */
export function EquityPanel({ Chart }: Props) {
  const [params, setParams] = useSearchParams();
  const { assets, instruments } = useMarket();
  const period = NAMES.find((name) => name === params.get("period")) ?? "last6h";
  const names = assets.map(({ name }) => name);
  const named = params.get("in") ?? "";
  const into = names.includes(named) ? named : (instruments[0]?.quote ?? "");
  const set = (name: string) => (value: string) =>
    setParams(
      (before) => {
        before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <>
      <div className="page-tools">
        <FilterChoice
          label={say("equityIn")}
          value={period}
          options={NAMES.map((name) => ({ value: name, label: say(name) }))}
          onChange={set("period")}
        />
        <FilterChoice
          label={say("valueIn")}
          value={into}
          options={names.map((name) => ({ value: name, label: name }))}
          onChange={set("in")}
        />
      </div>
      {into !== "" && (
        <Curve key={period} period={period} into={into} instruments={instruments} Chart={Chart} />
      )}
    </>
  );
}

interface Found {
  history: BalanceHistory;
  candles: Record<string, Candle[]>;
}

async function load(period: PeriodName, instruments: readonly InstrumentSpec[]): Promise<Found> {
  const { interval, count } = PERIODS[period];
  const history = await getBalanceHistory(interval, count);
  const owned = new Set(history.assets.map(({ asset }) => asset));
  const used = instruments.filter(({ base, quote }) => owned.has(base) || owned.has(quote));
  const found = await Promise.all(
    used.map(({ symbol }) => getCandlesFrom(symbol, interval, history.from_ts_ns, count)),
  );
  const candles = Object.fromEntries(used.map(({ symbol }, at) => [symbol, found[at]!.candles]));
  return { history, candles };
}

interface CurveProps extends Props {
  period: PeriodName;
  into: string;
  instruments: readonly InstrumentSpec[];
}

function Curve({ period, into, instruments, Chart }: CurveProps) {
  // Terms that change while it is looked at are no reason to ask again; another market is.
  const symbols = instruments.map(({ symbol }) => symbol).join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const loadIt = useCallback(() => load(period, instruments), [period, symbols]);
  const { value: found, refusal } = useLoaded(loadIt);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const equity = useMemo(
    () =>
      found === null
        ? null
        : equityOf(found.history, {
            markets: instruments,
            candles: found.candles,
            into,
            scaleOf: assetScale,
          }),
    [found, into],
  );
  if (refusal !== null) return <p className="problem">{refusal}</p>;
  if (equity === null) return <p className="empty">{t("page.loading")}</p>;
  if (equity.points.length === 0) {
    return <p className="empty">{say("noEquity")}</p>;
  }
  return (
    <>
      <Figures equity={equity} into={into} />
      <Suspense fallback={<p className="empty">{t("page.loading")}</p>}>
        <Chart
          points={equity.points}
          scale={assetScale(into)}
          label={`${say("curveLabel")}; ${say("resultLabel")}; ${say("movesLabel")}`}
        />
      </Suspense>
      <p className="list-end">
        {equity.points.some(({ moved }) => moved !== 0n) && <span>{say("movesLabel")}</span>}
        <span>
          {say("equitySource", {
            symbols: equity.symbols.join(", ") || into,
            from: stampText(equity.points[0]!.openMs),
          })}
        </span>
        {equity.unpriced.length > 0 && (
          <span className="problem">
            {say("equityUnpriced", { assets: equity.unpriced.join(", ") })}
          </span>
        )}
      </p>
    </>
  );
}

function Figures({ equity: { points }, into }: { equity: Equity; into: string }) {
  const [first, last] = [points[0]!, points.at(-1)!];
  const result = last.result - first.result;
  const moved = last.equity - first.equity - result;
  const figures = [
    { name: say("worthNow"), units: last.equity, signed: false },
    { name: say("worthThen"), units: first.equity, signed: false },
    { name: say("movedInAll"), units: moved, signed: true },
    { name: say("result"), units: result, signed: true },
  ];
  return (
    <dl className="figures equity-figures">
      {figures.map(({ name, units, signed }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Amount text={formatFixed(units, assetScale(into))} asset={into} signed={signed} />{" "}
            {into}
          </dd>
        </div>
      ))}
    </dl>
  );
}
