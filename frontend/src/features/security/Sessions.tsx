import { useState } from "react";
import { endOtherSessions, endSession, getSessions, type SessionInfo } from "../../api/credentials";
import { say } from "../../i18n/security";
import { formatDateTime } from "../../lib/format";
import { msFromNs } from "../../lib/whole-units";
import { useLoaded } from "../../state/loaded";
import { showToast } from "../../state/toasts";
import { type Column, DataTable } from "../../ui/DataTable";
import { LoadFailure } from "../../ui/LoadFailure";
import { deviceName } from "./device";
import { refusalText } from "./refusals";

/** The logins that can still be continued, and the end of any of them. */
export function Sessions() {
  const { value, refusal, reload } = useLoaded(getSessions);
  const [working, setWorking] = useState(false);

  async function run(task: () => Promise<void>, done: string): Promise<void> {
    setWorking(true);
    try {
      await task();
      showToast("plain", done);
    } catch (error) {
      showToast("warning", refusalText(error));
    }
    await reload();
    setWorking(false);
  }

  const columns = sessionColumns(
    working,
    ({ session_id }) => void run(() => endSession(session_id), say("sessionEnded")),
  );
  return (
    <section>
      <h3>{say("sessions")}</h3>
      <div className="page-tools">
        <p className="hint">{say("sessionsWhy")}</p>
        <button
          type="button"
          className="quiet"
          disabled={working || (value?.sessions.length ?? 0) < 2}
          onClick={() => void run(endOtherSessions, say("othersEnded"))}
        >
          {say("endOthers")}
        </button>
      </div>
      <LoadFailure refusal={refusal} retry={say("retry")} onRetry={reload} />
      {value === null && refusal === null && <p className="empty">{say("loading")}</p>}
      {value !== null && (
        <DataTable
          caption={say("sessions")}
          columns={columns}
          rows={value.sessions}
          rowKey={({ session_id }) => session_id}
          empty={say("noSessions")}
        />
      )}
    </section>
  );
}

function sessionColumns(
  working: boolean,
  onEnd: (session: SessionInfo) => void,
): Column<SessionInfo>[] {
  return [
    {
      key: "device",
      label: say("device"),
      render: (session) => (
        <>
          <span title={session.user_agent}>{deviceName(session.user_agent)}</span>
          {session.current && <span className="pair">{say("thisOne")}</span>}
          <span className="narrow num">
            {session.ip} · {formatDateTime(msFromNs(session.last_used_ts_ns))}
          </span>
        </>
      ),
    },
    {
      key: "address",
      label: say("address"),
      from: 2,
      render: ({ ip }) => <span className="num">{ip}</span>,
    },
    {
      key: "begun",
      label: say("begun"),
      from: 3,
      render: ({ created_ts_ns }) => (
        <span className="num">{formatDateTime(msFromNs(created_ts_ns))}</span>
      ),
    },
    {
      key: "used",
      label: say("lastUsed"),
      from: 2,
      render: ({ last_used_ts_ns }) => (
        <span className="num">{formatDateTime(msFromNs(last_used_ts_ns))}</span>
      ),
    },
    {
      key: "actions",
      label: say("actions"),
      unlabelled: true,
      numeric: true,
      render: (session) =>
        session.current ? null : (
          <button
            type="button"
            className="row-button"
            disabled={working}
            aria-label={say("endOf", {
              device: deviceName(session.user_agent),
              address: session.ip,
            })}
            onClick={() => onEnd(session)}
          >
            {say("end")}
          </button>
        ),
    },
  ];
}
