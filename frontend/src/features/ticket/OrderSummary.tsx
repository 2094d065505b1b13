import type { ReactNode } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Quote } from "../../engine/market-quote";
import { t } from "../../i18n/translate";
import { formatFixed, trimFixed } from "../../lib/fixed-point";
import { formatPpm, formatRate, groupDigits } from "../../lib/format";
import { useConnection } from "../../state/connection";
import { Price } from "../../ui/Price";
import type { Draft, Estimate } from "./ticket-rules";

interface Props {
  draft: Draft;
  spec: InstrumentSpec;
  estimate: Estimate | null;
  quote: Quote | null;
}

/** What the order comes to, before it is sent. The rows are always there, so that nothing jumps. */
export function OrderSummary({ draft, spec, estimate, quote }: Props) {
  const phase = useConnection((connection) => connection.phase);
  const isMarket = draft.type === "market";
  const received = estimate?.receivedAsset ?? (draft.side === "buy" ? spec.base : spec.quote);
  const amount = (units: bigint, scale: number, asset: string) => (
    <>
      <Price text={trimFixed(units, scale, Math.min(2, scale))} /> {asset}
    </>
  );
  const role = estimate?.role ?? (isMarket ? "taker" : "maker");
  const feePpm = role === "maker" ? spec.makerFeePpm : spec.takerFeePpm;
  const fee = t("ticket.fee", {
    rate: formatRate(Number(feePpm)),
    role: t(role === "maker" ? "ticket.roleMaker" : "ticket.roleTaker"),
  });
  return (
    <div className="summary">
      <dl>
        {isMarket && (
          <>
            <Row name={t("ticket.average")}>
              {estimate?.average != null &&
                amount(estimate.average, spec.priceDecimals, spec.quote)}
            </Row>
            <Row name={t("ticket.slippage")}>
              {estimate?.slippagePpm != null && (
                <span className="num">{formatPpm(estimate.slippagePpm, false, 3)}</span>
              )}
            </Row>
          </>
        )}
        <Row name={t(isMarket ? "ticket.totalEstimate" : "ticket.total")}>
          {estimate !== null && amount(estimate.total, spec.quoteScale, spec.quote)}
        </Row>
        <Row name={fee}>
          {estimate !== null && amount(estimate.fee, estimate.receivedScale, received)}
        </Row>
        <Row name={t("ticket.receive")}>
          {estimate !== null && amount(estimate.received, estimate.receivedScale, received)}
        </Row>
      </dl>
      {phase !== "live" && <Note text={t("ticket.stale")} />}
      {isMarket && quote !== null && !quote.complete && (
        <Note
          text={t("ticket.partial", {
            qty: groupDigits(formatFixed(quote.qty, spec.qtyDecimals)),
            asset: spec.base,
          })}
        />
      )}
    </div>
  );
}

function Note({ text }: { text: string }) {
  return <p className="summary-note">{text}</p>;
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  const isEmpty = children === false || children === undefined;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{isEmpty ? <span className="num">–</span> : children}</dd>
    </div>
  );
}
