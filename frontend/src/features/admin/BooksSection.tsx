import type { Liabilities, LiabilitiesList, Reconciliation } from "../../api/admin";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { formatDateTime } from "../../lib/format";
import { DataTable } from "../../ui/DataTable";
import { useAsked } from "./asked";
import {
  Amount,
  Answered,
  Figure,
  Figures,
  id,
  msOf,
  number,
  Part,
  State,
  text,
  When,
} from "./cells";

type Supply = Reconciliation["supplies"][number];

/** Whether the book of record and the engine agree, and what the exchange has said it owes. */
export function BooksSection() {
  const asked = useAsked<Reconciliation>("/admin/reconciliation");
  const liabilities = useAsked<LiabilitiesList>("/liabilities", 30_000);
  return (
    <>
      <Answered asked={asked}>
        {(answer) => (
          <>
            <Verdict of={answer} />
            <Part title={say("supplies")}>
              <Supplies rows={answer.supplies} />
            </Part>
          </>
        )}
      </Answered>
      <Part title={say("liabilities")}>
        <Answered asked={liabilities}>
          {({ publications }) => <Publications rows={publications} />}
        </Answered>
      </Part>
    </>
  );
}

function Verdict({ of }: { of: Reconciliation }) {
  const isGood = of.differences === 0 && of.supplies.every(({ agrees }) => agrees);
  return (
    <>
      <p className="admin-verdict" role="status">
        <State isGood={isGood}>{say(isGood ? "booksAgree" : "booksDiffer")}</State>{" "}
        {of.withdrawals_stopped && <strong>{say("withdrawalsStopped")}</strong>}
      </p>
      <Figures>
        <Figure name={say("lastAudit")}>
          {of.checked_ts_ns === "0" ? say("never") : <When ns={of.checked_ts_ns} />}
        </Figure>
        <Figure name={say("auditedTo")}>{of.checked_seq}</Figure>
        <Figure name={say("settledTo")}>{of.settled_seq}</Figure>
        <Figure name={say("differences")}>{of.differences}</Figure>
        <Figure name={say("withdrawals")}>
          {say(of.withdrawals_stopped ? "stoppedWord" : "goOnWord")}
        </Figure>
      </Figures>
    </>
  );
}

function Supplies({ rows }: { rows: readonly Supply[] }) {
  return (
    <DataTable
      caption={say("supplies")}
      columns={[
        text<Supply>("asset", say("asset"), ({ asset }) => asset),
        number<Supply>("supply", say("supply"), (one) => <Amount text={one.supply} />),
        number<Supply>("owned", say("owned"), (one) => <Amount text={one.owned} />),
        number<Supply>("held", t("column.held"), (one) => <Amount text={one.held} />, { from: 2 }),
        text<Supply>("agrees", say("agrees"), ({ agrees }) => (
          <State isGood={agrees}>{say(agrees ? "yes" : "no")}</State>
        )),
      ]}
      rows={rows}
      rowKey={({ asset }) => asset}
      empty={say("noAssets")}
    />
  );
}

function Publications({ rows }: { rows: readonly Liabilities[] }) {
  return (
    <DataTable
      caption={say("liabilities")}
      columns={[
        id<Liabilities>("number", say("number"), ({ liability_id }) => liability_id),
        text<Liabilities>("time", say("time"), ({ ts_ns }) => (
          <span className="num">{formatDateTime(msOf(ts_ns))}</span>
        )),
        number<Liabilities>("event", say("event"), ({ event_seq }) => event_seq, { from: 2 }),
        number<Liabilities>("owed", say("owed"), ({ assets }) =>
          assets.length === 0
            ? "–"
            : assets.map(({ asset, total }) => (
                <span key={asset} className="bot-line">
                  <Amount text={total} /> {asset}
                </span>
              )),
        ),
        text<Liabilities>(
          "root",
          say("rootHash"),
          ({ assets }) =>
            assets.map(({ asset, root_hash }) => (
              <span key={asset} className="bot-line num" title={root_hash}>
                {asset} {root_hash.slice(0, 16)}…
              </span>
            )),
          { from: 3 },
        ),
      ]}
      rows={rows}
      rowKey={({ liability_id }) => liability_id}
      empty={say("noLiabilities")}
    />
  );
}
