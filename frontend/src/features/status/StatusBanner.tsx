import { type ReactNode, useEffect, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import { type MessageKey, t } from "../../i18n/translate";
import { formatUnits } from "../../lib/whole-units";
import { type AuctionPicture, useAuction } from "../../state/auction";
import { exchangeNowMs } from "../../state/connection";
import { useInstrument, useMarket } from "../../state/market";
import { Price } from "../../ui/Price";
import { countdown } from "./countdown";

/** Why this market does not trade as usual, for as long as it does not. */
export function StatusBanner() {
  const spec = useInstrument();
  const isHalted = useMarket((market) => market.venueStatus === "halted");
  const words = spec === null ? null : wordsFor(spec, isHalted);
  return (
    // The live region is always there, so that screen readers hear what enters it.
    <div role="status">
      {spec !== null && words !== null && (
        <div className="status-banner">
          <p>
            <strong>{t(words.title, { symbol: spec.symbol })}</strong>
            {words.cause !== null && ` (${t(words.cause)})`}
            <span className="status-how"> {t(words.how)}</span>
          </p>
          {spec.status === "auction" && !isHalted && <AuctionFigures spec={spec} />}
        </div>
      )}
    </div>
  );
}

interface Words {
  title: MessageKey;
  how: MessageKey;
  cause: MessageKey | null;
}

const WORDS = {
  auction: ["status.auctionTitle", "status.auctionHow"],
  halt: ["status.haltTitle", "status.haltHow"],
  cancel_only: ["status.cancelOnlyTitle", "status.cancelOnlyHow"],
  closed: ["status.closedTitle", "status.closedHow"],
} as const;

function wordsFor(spec: InstrumentSpec, isHalted: boolean): Words | null {
  if (isHalted) return { title: "status.venueTitle", how: "status.venueHow", cause: null };
  if (spec.status === "trading") return null;
  const [title, how] = WORDS[spec.status];
  return { title, how, cause: `cause.${spec.cause}` };
}

/** Figures that move are no announcements. */
function AuctionFigures({ spec }: { spec: InstrumentSpec }) {
  const auction = useAuction();
  return (
    <dl className="status-figures" aria-live="off">
      <Figure name={t("status.indicative")}>
        {auction?.price == null ? (
          t("status.noCross")
        ) : (
          <Price text={formatUnits(auction.price, spec.priceDecimals)} />
        )}
      </Figure>
      <Figure name={t("status.volume")}>
        <Price text={formatUnits(auction?.qty ?? 0, spec.qtyDecimals)} /> {spec.base}
      </Figure>
      <Figure name={t("status.imbalance")}>{imbalance(auction, spec)}</Figure>
      <Figure name={t("status.endsIn")}>
        <Countdown untilMs={spec.auctionEndsMs} />
      </Figure>
    </dl>
  );
}

function imbalance(auction: AuctionPicture | null, spec: InstrumentSpec): ReactNode {
  if (auction === null || auction.imbalance === 0) return t("status.balanced");
  const isBid = auction.imbalance > 0;
  const qty = formatUnits(Math.abs(auction.imbalance), spec.qtyDecimals);
  return (
    <span className={isBid ? "bid" : "ask"}>
      <span className="direction" aria-hidden="true">
        {isBid ? "▲" : "▼"}
      </span>
      {t(isBid ? "status.moreBids" : "status.moreAsks", { qty, asset: spec.base })}
    </span>
  );
}

function Countdown({ untilMs }: { untilMs: number | null }) {
  const [nowMs, setNowMs] = useState(exchangeNowMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(exchangeNowMs()), 250);
    return () => clearInterval(timer);
  }, []);
  if (untilMs === null) return t("status.endsOpen");
  return <span className="num">{countdown(untilMs, nowMs) ?? t("status.endsNow")}</span>;
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
