import { useState } from "react";
import type { Act } from "../../api/admin";
import { say } from "../../i18n/admin";
import { DataTable } from "../../ui/DataTable";
import { differences } from "./act-changes";
import { State, text, When } from "./cells";

/** What operators did, newest first; each opens to what was before and after. */
export function ActsTable({ acts }: { acts: readonly Act[] }) {
  const [opened, setOpened] = useState<number | null>(null);
  return (
    <DataTable
      caption={say("log")}
      columns={[
        text<Act>("time", say("time"), (act) => (
          <button
            type="button"
            className="bot-name"
            aria-expanded={opened === act.act_id}
            title={say("moreOfAct", { number: act.act_id })}
            onClick={() => setOpened(opened === act.act_id ? null : act.act_id)}
          >
            <span aria-hidden="true">{opened === act.act_id ? "▾" : "▸"}</span>{" "}
            <When ns={act.ts_ns} />
          </button>
        )),
        text<Act>(
          "actor",
          say("actor"),
          ({ actor }) => <span className="admin-long">{actor}</span>,
          {
            from: 2,
          },
        ),
        text<Act>("action", say("action"), ({ action }) => action.replaceAll("_", " ")),
        text<Act>("subject", say("subject"), ({ subject }) => subject, { from: 2 }),
        text<Act>("outcome", say("outcome"), ({ outcome }) => (
          <State isGood={outcome === "done"}>{say(outcome)}</State>
        )),
        text<Act>("reason", say("reason"), ({ reason }) => <Why text={reason} />, { from: 3 }),
      ]}
      rows={acts}
      rowKey={({ act_id }) => act_id}
      empty={say("noActs")}
      detail={(act) => (opened === act.act_id ? <ActDetail act={act} /> : null)}
    />
  );
}

function Why({ text: why }: { text: string }) {
  return (
    <span className="admin-long" title={why}>
      {why}
    </span>
  );
}

function ActDetail({ act }: { act: Act }) {
  const { detail, actor, role, ip, reason, asked } = act;
  const changes = differences(act.before, act.after);
  return (
    <div className="act-detail">
      {detail !== "" && <p className="problem">{detail}</p>}
      <p>
        {say("doneBy", { number: act.act_id, actor, role: role.replaceAll("_", " ") })}
        {ip !== "" && ` ${say("fromAddress", { ip })}`}
        {reason !== "" && ` · ${reason}`}
      </p>
      <p className="admin-asked">
        {say("asked")}: <span className="num">{JSON.stringify(asked)}</span>
      </p>
      <ul className="act-changes">
        {changes.map(({ name, before, after }) => (
          <li key={name}>
            {name.replaceAll("_", " ")}: <span className="num">{before}</span> →{" "}
            <span className="num">{after}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
