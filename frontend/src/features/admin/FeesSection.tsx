import { Link } from "wouter";
import type { Instrument, Instruments } from "../../api/admin";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { formatRate } from "../../lib/format";
import { type Column, DataTable } from "../../ui/DataTable";
import { useAsked } from "./asked";
import { ActButton, Answered, actions, number, Part, text } from "./cells";
import { tierFeesPlan } from "./instrument-acts";
import { OwnTerms } from "./OwnTerms";
import { usePowers } from "./powers";
import { adminPath } from "./sections";
import { TIER_MAX } from "./user-acts";

/** What each tier pays in each instrument, and the accounts with terms of their own. */
export function FeesSection() {
  const asked = useAsked<Instruments>("/admin/instruments");
  const { acts } = usePowers();
  return (
    <>
      <p className="hint admin-words">{say("feesWords")}</p>
      <Answered asked={asked}>
        {({ instruments }) => <Fees instruments={instruments} mayAct={acts} />}
      </Answered>
      <Part title={say("ownTerms")}>
        <OwnTerms />
      </Part>
    </>
  );
}

function Fees({ instruments, mayAct }: { instruments: readonly Instrument[]; mayAct: boolean }) {
  const used = new Set(instruments.flatMap(({ tier_fees }) => tier_fees.map(({ tier }) => tier)));
  const tiers = [...used].sort((one, other) => one - other);
  const free = Array.from({ length: TIER_MAX }, (_, at) => at + 1).find((tier) => !used.has(tier));
  const columns: Column<Instrument>[] = [
    text("symbol", t("column.symbol"), ({ symbol }) => (
      <Link className="market-name" to={adminPath("instruments", symbol)}>
        {symbol}
      </Link>
    )),
    number("base", say("tierZero"), (one) => rates(one.maker_fee_ppm, one.taker_fee_ppm)),
    ...tiers.map((tier) =>
      number<Instrument>(`${tier}`, say("tierNumber", { tier }), (one) => (
        <TierFees instrument={one} tier={tier} mayAct={mayAct} />
      )),
    ),
  ];
  if (mayAct && free !== undefined) {
    columns.push(
      actions((one) => (
        <ActButton
          label={say("setTier", { tier: free })}
          of={one.symbol}
          plan={tierFeesPlan(one, free)}
        />
      )),
    );
  }
  return (
    <div className="admin-scroll">
      <DataTable
        caption={say("fees")}
        columns={columns}
        rows={instruments}
        rowKey={({ symbol }) => symbol}
        empty={say("noInstruments")}
      />
    </div>
  );
}

interface TierProps {
  instrument: Instrument;
  tier: number;
  mayAct: boolean;
}

function TierFees({ instrument, tier, mayAct }: TierProps) {
  const set = instrument.tier_fees.find((fees) => fees.tier === tier);
  return (
    <span className="admin-tier">
      {set === undefined ? say("asTierZero") : rates(set.maker_fee_ppm, set.taker_fee_ppm)}
      {mayAct && (
        <ActButton
          label={say("set")}
          of={`${instrument.symbol}, ${say("tierNumber", { tier })}`}
          plan={tierFeesPlan(instrument, tier)}
        />
      )}
    </span>
  );
}

function rates(maker: number, taker: number): string {
  return `${formatRate(maker)} / ${formatRate(taker)}`;
}
