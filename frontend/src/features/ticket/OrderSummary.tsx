import type { ReactNode } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { type MessageKey, t } from "../../i18n/translate";
import { formatFixed, trimFixed } from "../../lib/fixed-point";
import { formatPpm, formatRate, groupDigits } from "../../lib/format";
import { useConnection } from "../../state/connection";
import { Price } from "../../ui/Price";
import type { Draft } from "./draft";
import type { Estimate, Preview, Role } from "./preview";

interface Props {
  draft: Draft;
  spec: InstrumentSpec;
  preview: Preview | null;
}

/** What the order comes to, before it is sent. The rows of a kind are always there: nothing jumps. */
export function OrderSummary({ draft, spec, preview }: Props) {
  const phase = useConnection((connection) => connection.phase);
  const takes = draft.kind === "market" || draft.kind === "limit";
  return (
    <div className="summary">
      {takes && <TakenRows draft={draft} spec={spec} preview={preview} />}
      {draft.kind === "oco" ? (
        <PairRows draft={draft} spec={spec} preview={preview} />
      ) : (
        <Outcome
          draft={draft}
          spec={spec}
          estimate={preview?.estimates[0]}
          role={draft.kind === "limit" ? "maker" : "taker"}
          total={draft.kind === "limit" ? "ticket.total" : "ticket.totalEstimate"}
        />
      )}
      {draft.kind !== "market" && <HoldRow draft={draft} spec={spec} preview={preview} />}
      {phase !== "live" && <Note text={t("ticket.stale")} />}
      {draft.kind === "market" && preview?.taken?.complete === false && (
        <Note
          text={t("ticket.partial", {
            qty: groupDigits(formatFixed(preview.taken.qty, spec.qtyDecimals)),
            asset: spec.base,
          })}
        />
      )}
    </div>
  );
}

/** What comes from the book at once, at which price, and how far that is from the best. */
function TakenRows({ draft, spec, preview }: Props) {
  const taken = preview?.taken ?? null;
  // A limit order that only rests takes nothing, and says nothing of it.
  if (draft.kind === "limit" && taken === null) return null;
  return (
    <dl>
      {draft.kind === "limit" && taken !== null && (
        <Row name={t("ticket.takesNow")}>
          <Price text={trimFixed(taken.qty, spec.qtyDecimals)} /> {spec.base}
        </Row>
      )}
      <Row name={t("ticket.average")}>
        {taken !== null && (
          <>
            <Price text={formatFixed(taken.average, spec.priceDecimals)} /> {spec.quote}
          </>
        )}
      </Row>
      <Row name={t("ticket.slippage")}>
        {taken !== null && <span className="num">{formatPpm(taken.slippagePpm, false, 3)}</span>}
      </Row>
    </dl>
  );
}

/** A pair ends in one of two ways: side by side, to be weighed against each other. */
function PairRows({ draft, spec, preview }: Props) {
  const [limit, stop] = preview?.estimates ?? [];
  const [asset, scale] = received(draft, spec);
  const fee = t("ticket.feePair", {
    asset,
    maker: formatRate(Number(spec.makerFeePpm)),
    taker: formatRate(Number(spec.takerFeePpm)),
  });
  const row = (name: string, of: "total" | "fee" | "received", decimals: number) => (
    <tr>
      <th scope="row">{name}</th>
      {[limit, stop].map((one, at) => (
        <td key={at === 0 ? "limit" : "stop"}>
          {one === undefined ? (
            <span className="num">–</span>
          ) : (
            <Price text={trimFixed(one[of], decimals, Math.min(2, decimals))} />
          )}
        </td>
      ))}
    </tr>
  );
  return (
    <table className="summary-pair">
      <thead>
        <tr>
          <td />
          <th scope="col">{t("ticket.ifLimit")}</th>
          <th scope="col">{t("ticket.ifStop")}</th>
        </tr>
      </thead>
      <tbody>
        {row(t("ticket.totalIn", { asset: spec.quote }), "total", spec.quoteScale)}
        {row(fee, "fee", scale)}
        {row(t("ticket.receiveIn", { asset }), "received", scale)}
      </tbody>
    </table>
  );
}

interface OutcomeProps {
  draft: Draft;
  spec: InstrumentSpec;
  estimate: Estimate | undefined;
  /** While there is no estimate. */
  role: Role;
  total: MessageKey;
}

function Outcome({ draft, spec, estimate, total, ...props }: OutcomeProps) {
  const role = estimate?.role ?? props.role;
  const [asset, scale] = received(draft, spec);
  const fee = t("ticket.fee", {
    rate: formatRate(Number(role === "maker" ? spec.makerFeePpm : spec.takerFeePpm)),
    role: t(role === "maker" ? "ticket.roleMaker" : "ticket.roleTaker"),
  });
  return (
    <dl>
      <Row name={t(total)}>
        {estimate && <Money units={estimate.total} scale={spec.quoteScale} asset={spec.quote} />}
      </Row>
      <Row name={fee}>{estimate && <Money units={estimate.fee} scale={scale} asset={asset} />}</Row>
      <Row name={t("ticket.receive")}>
        {estimate && <Money units={estimate.received} scale={scale} asset={asset} />}
      </Row>
    </dl>
  );
}

function HoldRow({ draft, spec, preview }: Props) {
  const hold = preview?.hold ?? null;
  const [asset, scale] =
    draft.side === "buy" ? [spec.quote, spec.quoteScale] : [spec.base, spec.baseScale];
  return (
    <dl>
      <Row name={t("ticket.hold")}>
        {hold !== null && <Money units={hold} scale={scale} asset={asset} />}
      </Row>
    </dl>
  );
}

function received({ side }: Draft, spec: InstrumentSpec): [asset: string, scale: number] {
  return side === "buy" ? [spec.base, spec.baseScale] : [spec.quote, spec.quoteScale];
}

function Money({ units, scale, asset }: { units: bigint; scale: number; asset: string }) {
  return (
    <>
      <Price text={trimFixed(units, scale, Math.min(2, scale))} /> {asset}
    </>
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
