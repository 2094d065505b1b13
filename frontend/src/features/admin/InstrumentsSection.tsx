import { Link } from "wouter";
import type { Instrument, Instruments, ListedAsset, ListedAssets } from "../../api/admin";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { formatRate } from "../../lib/format";
import { DataTable } from "../../ui/DataTable";
import { openAct } from "./acting";
import { useAsked } from "./asked";
import { ActButton, Amount, Answered, actions, number, Part, State, text } from "./cells";
import { MOVES, newAssetPlan, newInstrumentPlan, statusPlan } from "./instrument-acts";
import { usePowers } from "./powers";
import { adminPath } from "./sections";

/** All instruments and assets, and the way to list another. */
export function InstrumentsSection() {
  const asked = useAsked<Instruments>("/admin/instruments");
  const assets = useAsked<ListedAssets>("/admin/assets");
  const { acts } = usePowers();
  const listed = assets.answer?.assets ?? [];
  const symbols = asked.answer?.instruments.map(({ symbol }) => symbol) ?? [];
  const isReady = assets.answer !== null && asked.answer !== null;
  return (
    <>
      {acts && (
        <div className="page-tools">
          <button
            type="button"
            className="primary"
            disabled={!isReady}
            onClick={() => openAct(newInstrumentPlan(listed, symbols))}
          >
            {say("newInstrument")}
          </button>
          <button
            type="button"
            className="quiet"
            disabled={!isReady}
            onClick={() => openAct(newAssetPlan(listed))}
          >
            {say("newAsset")}
          </button>
        </div>
      )}
      <Answered asked={asked}>
        {({ instruments }) => (
          <DataTable
            caption={say("instruments")}
            columns={columns(acts)}
            rows={instruments}
            rowKey={({ symbol }) => symbol}
            empty={say("noInstruments")}
          />
        )}
      </Answered>
      <Part title={say("assets")}>
        <Answered asked={assets}>
          {({ assets: rows }) => (
            <DataTable
              caption={say("assets")}
              columns={[
                text<ListedAsset>("asset", say("asset"), ({ asset }) => asset),
                number<ListedAsset>("scale", say("scale"), ({ scale }) => scale),
              ]}
              rows={rows}
              rowKey={({ asset }) => asset}
              empty={say("noAssets")}
            />
          )}
        </Answered>
      </Part>
    </>
  );
}

function columns(mayAct: boolean) {
  const all = [
    text<Instrument>("symbol", t("column.symbol"), ({ symbol }) => (
      <Link className="market-name" to={adminPath("instruments", symbol)}>
        {symbol}
      </Link>
    )),
    text<Instrument>("status", say("status"), ({ status }) => <Trading status={status} />),
    number<Instrument>("tick", say("tickSize"), (one) => <Amount text={one.tick_size} />, {
      from: 3,
    }),
    number<Instrument>("lot", say("lotSize"), (one) => <Amount text={one.lot_size} />, { from: 3 }),
    number<Instrument>("maker", say("makerFee"), (one) => formatRate(one.maker_fee_ppm), {
      from: 2,
    }),
    number<Instrument>("taker", say("takerFee"), (one) => formatRate(one.taker_fee_ppm), {
      from: 2,
    }),
    number<Instrument>("collar", say("collar"), (one) => bps(one.collar_bps), { from: 4 }),
    number<Instrument>("breaker", say("breaker"), (one) => bps(one.breaker_bps), { from: 4 }),
    number<Instrument>("waiting", say("scheduled"), (one) => one.scheduled.length || "–", {
      from: 4,
    }),
  ];
  if (!mayAct) return all;
  return [...all, actions<Instrument>((instrument) => <Moves instrument={instrument} />)];
}

export function bps(count: number): string {
  return count === 0 ? "–" : formatRate(count * 100);
}

export function Trading({ status }: Pick<Instrument, "status">) {
  return <State isGood={status === "trading"}>{t(`trading.${status}`)}</State>;
}

/** Where an instrument can go from where it is; a closed one stays closed. */
export function Moves({ instrument: { symbol, status } }: { instrument: Instrument }) {
  if (status === "closed") return null;
  return MOVES.filter((to) => to !== status).map((to) => (
    <ActButton key={to} label={say(`move_${to}`)} of={symbol} plan={statusPlan(symbol, to)} />
  ));
}
