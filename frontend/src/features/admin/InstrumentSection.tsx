import { Link } from "wouter";
import type {
  Instrument,
  Instruments,
  InstrumentVersion,
  InstrumentVersions,
  ListedAssets,
} from "../../api/admin";
import { say } from "../../i18n/admin";
import { t, translateIfKnown } from "../../i18n/translate";
import { formatDateTime, formatRate } from "../../lib/format";
import { DataTable } from "../../ui/DataTable";
import { differences } from "./act-changes";
import { useAsked } from "./asked";
import { ActButton, Amount, Answered, Figure, Figures, number, Part, text, When } from "./cells";
import { bps, Moves, Trading } from "./InstrumentsSection";
import { rulesPlan, statusPlan, termsPlan } from "./instrument-acts";
import { usePowers } from "./powers";
import { calendarPlan, clearSchedulePlan, schedulePlan } from "./schedule-acts";
import { adminPath } from "./sections";

/** One instrument: its terms, its rules, what waits and what it was before. */
export function InstrumentSection({ name }: { name: string }) {
  const asked = useAsked<Instruments>("/admin/instruments");
  return (
    <>
      <p className="admin-back">
        <Link to={adminPath("instruments")}>← {say("allInstruments")}</Link>
      </p>
      <Answered asked={asked}>
        {({ instruments }) => {
          const found = instruments.find(({ symbol }) => symbol === name);
          return found === undefined ? (
            <p className="empty">{say("noSuchInstrument", { symbol: name })}</p>
          ) : (
            <OneInstrument instrument={found} />
          );
        }}
      </Answered>
    </>
  );
}

function OneInstrument({ instrument }: { instrument: Instrument }) {
  const { symbol, status, scheduled } = instrument;
  const { acts } = usePowers();
  const mayAct = acts && status !== "closed";
  const assets = useAsked<ListedAssets>("/admin/assets").answer?.assets;
  const versions = useAsked<InstrumentVersions>(
    `/admin/instruments/${encodeURIComponent(symbol)}/versions?limit=30`,
  );
  return (
    <>
      <div className="admin-title">
        <h3>{symbol}</h3>
        <Trading status={status} />
        <span className="hint">{translateIfKnown(`cause.${instrument.status_cause}`)}</span>
        {mayAct && (
          <span className="row-actions">
            <Moves instrument={instrument} />
            <ActButton label={say("move_closed")} plan={statusPlan(symbol, "closed")} />
          </span>
        )}
      </div>
      <Part
        title={say("terms")}
        aside={
          mayAct &&
          assets !== undefined && (
            <ActButton label={say("changeTerms")} plan={termsPlan(instrument, assets)} />
          )
        }
      >
        <Terms of={instrument} />
      </Part>
      <Part
        title={say("rules")}
        aside={mayAct && <ActButton label={say("changeRules")} plan={rulesPlan(instrument)} />}
      >
        <Rules of={instrument} />
      </Part>
      <Part
        title={say("scheduled")}
        aside={
          mayAct && (
            <span className="row-actions">
              <ActButton label={say("schedule")} plan={schedulePlan(symbol)} />
              <ActButton label={say("calendar")} plan={calendarPlan(symbol)} />
              {scheduled.length > 0 && (
                <ActButton
                  label={say("clearIt")}
                  plan={clearSchedulePlan(symbol, scheduled.length)}
                />
              )}
            </span>
          )
        }
      >
        <Scheduled of={scheduled} />
      </Part>
      <Part title={say("versions")}>
        <Answered asked={versions}>{(answer) => <Versions of={answer.versions} />}</Answered>
      </Part>
    </>
  );
}

function Terms({ of }: { of: Instrument }) {
  return (
    <Figures>
      <Figure name={say("tickSize")}>
        <Amount text={of.tick_size} />
      </Figure>
      <Figure name={say("lotSize")}>
        <Amount text={of.lot_size} />
      </Figure>
      <Figure name={say("makerFee")}>{formatRate(of.maker_fee_ppm)}</Figure>
      <Figure name={say("takerFee")}>{formatRate(of.taker_fee_ppm)}</Figure>
      <Figure name={say("minNotional")}>
        <Amount text={of.min_notional} />
      </Figure>
      <Figure name={say("band")}>{bps(of.band_bps)}</Figure>
      <Figure name={say("priceMax")}>
        <Amount text={of.price_max} />
      </Figure>
      <Figure name={say("qtyMax")}>
        <Amount text={of.qty_max} />
      </Figure>
    </Figures>
  );
}

function Rules({ of }: { of: Instrument }) {
  const seconds = (count: number) => (count === 0 ? "–" : `${count} s`);
  return (
    <Figures>
      <Figure name={say("collar")}>{bps(of.collar_bps)}</Figure>
      <Figure name={say("breaker")}>{bps(of.breaker_bps)}</Figure>
      <Figure name={say("breakerWindow")}>{seconds(of.breaker_window_s)}</Figure>
      <Figure name={say("auctionLength")}>{seconds(of.auction_s)}</Figure>
      <Figure name={say("referencePrice")}>
        <Amount text={of.reference_price} />
      </Figure>
    </Figures>
  );
}

function Scheduled({ of }: { of: Instrument["scheduled"] }) {
  type One = Instrument["scheduled"][number];
  return (
    <DataTable
      caption={say("scheduled")}
      columns={[
        text<One>("at", say("at"), ({ at_s }) => (
          <span className="num">{formatDateTime(at_s * 1_000)}</span>
        )),
        text<One>("status", say("goesTo"), ({ status }) => t(`trading.${status}`)),
      ]}
      rows={of}
      rowKey={({ at_s }) => at_s}
      empty={say("nothingScheduled")}
    />
  );
}

interface Version extends InstrumentVersion {
  changes: string;
}

const APART = ["seq", "ts_ns", "act_id", "actor", "reason"];

/** What each version changed of the one before it. */
function Versions({ of }: { of: readonly InstrumentVersion[] }) {
  const terms = (version: InstrumentVersion | undefined) =>
    Object.fromEntries(Object.entries(version ?? {}).filter(([name]) => !APART.includes(name)));
  const rows = of.map((version, at): Version => {
    const changed = differences(terms(of[at + 1]), terms(version));
    const words = changed.map(
      ({ name, before, after }) => `${name.replaceAll("_", " ")} ${before} → ${after}`,
    );
    return { ...version, changes: at + 1 < of.length ? words.join(", ") : say("listed") };
  });
  return (
    <DataTable
      caption={say("versions")}
      columns={[
        text<Version>("time", say("time"), ({ ts_ns }) => <When ns={ts_ns} />),
        text<Version>("status", say("status"), ({ status }) => t(`trading.${status}`)),
        text<Version>("changes", say("changes"), ({ changes }) => (
          <span className="admin-wrap">{changes}</span>
        )),
        text<Version>("actor", say("actor"), ({ actor }) => actor ?? say("byItself"), { from: 3 }),
        text<Version>("reason", say("reason"), ({ reason }) => reason ?? "", { from: 4 }),
        number<Version>("seq", say("event"), ({ seq }) => seq, { from: 3 }),
      ]}
      rows={rows}
      rowKey={({ seq }) => seq}
      empty={say("noVersions")}
    />
  );
}
