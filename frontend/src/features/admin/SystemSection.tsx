import type { ProcessStatus, SystemStatus } from "../../api/admin";
import type { FiringAlert, MetricsHistory } from "../../api/metrics";
import { say } from "../../i18n/admin";
import { DataTable } from "../../ui/DataTable";
import { type Asked, useAsked } from "./asked";
import { Answered, number, Part, State, text, When } from "./cells";
import { chartsOf } from "./chart-lines";
import { LiveChart } from "./LiveChart";

const SYSTEM_EVERY_MS = 2_000;
const METRICS_EVERY_MS = 5_000;

/** The processes: which are ready, how far behind, and what they measured in the last minutes. */
export function SystemSection() {
  const system = useAsked<SystemStatus>("/admin/system", SYSTEM_EVERY_MS);
  const metrics = useAsked<MetricsHistory>("/admin/metrics", METRICS_EVERY_MS);
  return (
    <>
      <Alerts asked={metrics} />
      <Answered asked={system}>{({ processes }) => <Processes rows={processes} />}</Answered>
      <Part title={say("lastMinutes")}>
        <Answered asked={metrics}>{(history) => <Charts history={history} />}</Answered>
      </Part>
    </>
  );
}

function Processes({ rows }: { rows: readonly ProcessStatus[] }) {
  return (
    <DataTable
      caption={say("processes")}
      columns={[
        text<ProcessStatus>("process", say("process"), ({ process }) =>
          process.replaceAll("_", " "),
        ),
        text<ProcessStatus>("ready", say("state"), ({ ready }) => (
          <State isGood={ready}>{say(ready ? "ready" : "notReady")}</State>
        )),
        number<ProcessStatus>("seq", say("event"), ({ seq }) => seq ?? "–"),
        number<ProcessStatus>("behind", say("behind"), ({ behind }) => behind ?? "–"),
      ]}
      rows={rows}
      rowKey={({ process }) => process}
      empty={say("noProcesses")}
    />
  );
}

function Alerts({ asked: { answer } }: { asked: Asked<MetricsHistory> }) {
  if (answer === null || answer.alerts.length === 0) return null;
  return (
    <Part title={say("alerts")}>
      <DataTable
        caption={say("alerts")}
        columns={[
          text<FiringAlert>("name", say("alert"), ({ name }) => (
            <State isGood={false}>{name}</State>
          )),
          text<FiringAlert>("summary", say("summary"), ({ summary }) => (
            <span className="admin-wrap">{summary}</span>
          )),
          text<FiringAlert>("since", say("since"), (one) => <When ns={one.since_ts_ns} />, {
            from: 2,
          }),
          text<FiringAlert>("runbook", say("runbook"), ({ runbook }) => runbook, { from: 3 }),
        ]}
        rows={answer.alerts}
        rowKey={({ name, process, label }) => `${name} ${process} ${label}`}
        empty=""
      />
    </Part>
  );
}

function Charts({ history }: { history: MetricsHistory }) {
  const charts = chartsOf(history);
  if (charts.length === 0) return <p className="empty">{say("noMetrics")}</p>;
  return (
    <div className="live-charts">
      {charts.map((chart) => (
        <LiveChart key={chart.name} chart={chart} times={history.ts_ns} />
      ))}
    </div>
  );
}
