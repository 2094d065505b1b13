import { lazy, type ReactNode, Suspense, useEffect, useId, useState } from "react";
import { BookGrouping, OrderBook } from "../features/book/OrderBook";
import { IndicatorPicker } from "../features/chart/IndicatorPicker";
import { IntervalPicker } from "../features/chart/IntervalPicker";
import { MarketPicker } from "../features/markets/MarketPicker";
import { MarketStats } from "../features/markets/MarketStats";
import { OrdersPanel } from "../features/orders/OrdersPanel";
import { StatusBanner } from "../features/status/StatusBanner";
import { Tape } from "../features/tape/Tape";
import { OrderTicket } from "../features/ticket/OrderTicket";
import { Balances } from "../features/wallet/Balances";
import { type MessageKey, t } from "../i18n/translate";
import { useTicketIntent, wishTicket } from "../state/ticket-intent";
import { useMedia } from "../ui/media";
import { Segmented } from "../ui/Segmented";
import { useShortcuts } from "../ui/shortcuts";
import { useMarketInAddress } from "./market-in-address";
import { Splitters, sizeProperties, useDesk } from "./Splitters";

const Chart = lazy(() => import("../features/chart/Chart"));
const DepthChart = lazy(() => import("../features/chart/DepthChart"));

interface Props {
  onLogIn: () => void;
}

/** One market, whole: its strip, and the panels below it. */
export default function TradePage({ onLogIn }: Props) {
  const [choosing, setChoosing] = useState(false);
  const openMarket = useMarketInAddress();
  useShortcuts({
    b: () => wishTicket({ side: "buy", focus: true }),
    s: () => wishTicket({ side: "sell", focus: true }),
    l: () => wishTicket({ kind: "limit", focus: true }),
    m: () => wishTicket({ kind: "market", focus: true }),
    o: () => wishTicket({ kind: "conditional", focus: true }),
    "/": () => setChoosing(true),
  });
  return (
    <>
      <section className="market-strip" aria-label={t("column.symbol")}>
        <MarketPicker open={choosing} onOpen={setChoosing} onChoose={openMarket} />
        <MarketStats />
      </section>
      <StatusBanner />
      <Panels onLogIn={onLogIn} />
    </>
  );
}

/** The panels, laid out for the width there is. */
function Panels({ onLogIn }: Props) {
  const isPhone = useMedia("(max-width: 719px)");
  return isPhone ? <PhoneScreen onLogIn={onLogIn} /> : <Desk onLogIn={onLogIn} />;
}

function Desk({ onLogIn }: Props) {
  const { desk, sizes, resize } = useDesk();
  const isTablet = desk === "tablet";
  return (
    <main className={`desk desk-${desk}`} style={sizeProperties(sizes)}>
      <ChartPanel />
      <BookPanel />
      <TapePanel />
      <TicketPanel onLogIn={onLogIn} />
      {!isTablet && (
        <Panel area="wallet" title={t("wallet.title")}>
          <Balances />
        </Panel>
      )}
      <section className="panel area-orders" aria-label={t("orders.open")}>
        <OrdersPanel
          extra={isTablet ? { label: t("wallet.title"), content: <Balances /> } : undefined}
        />
      </section>
      <Splitters desk={desk} sizes={sizes} resize={resize} />
    </main>
  );
}

const SECTIONS = ["chart", "book", "trades", "order", "account"] as const;
type Section = (typeof SECTIONS)[number];

/** One panel at a time, chosen at the bottom, within reach of the thumb. */
function PhoneScreen({ onLogIn }: Props) {
  const [section, setSection] = useState<Section>("chart");
  const wish = useTicketIntent();
  useEffect(() => {
    if (wish.number > 0) setSection("order");
  }, [wish.number]);
  return (
    <>
      <main className="desk phone">
        {section === "chart" && <ChartPanel />}
        {section === "book" && <BookPanel />}
        {section === "trades" && <TapePanel />}
        {section === "order" && <TicketPanel onLogIn={onLogIn} />}
        {section === "account" && (
          <section className="panel area-orders" aria-label={t("tabs.account")}>
            <OrdersPanel extra={{ label: t("wallet.title"), content: <Balances /> }} />
          </section>
        )}
      </main>
      <nav className="phone-tabs" aria-label={t("tabs.phone")}>
        {SECTIONS.map((one) => (
          <button
            key={one}
            type="button"
            aria-current={one === section ? "page" : undefined}
            onClick={() => setSection(one)}
          >
            {t(`tabs.${one}` satisfies MessageKey)}
          </button>
        ))}
      </nav>
    </>
  );
}

function ChartPanel() {
  const [view, setView] = useState<"candles" | "depth">("candles");
  const isDepth = view === "depth";
  const views = (
    <Segmented
      label={t("chart.view")}
      className="flat"
      options={[
        { value: "candles", label: t("chart.title") },
        { value: "depth", label: t("depth.title") },
      ]}
      value={view}
      onChange={setView}
    />
  );
  const candleTools = (
    <>
      <IntervalPicker />
      <IndicatorPicker />
    </>
  );
  return (
    <Panel
      area="chart"
      title={isDepth ? t("depth.title") : t("chart.title")}
      lead={isDepth ? undefined : candleTools}
      aside={
        <>
          {views}
          {!isDepth && <ChartCredit />}
        </>
      }
    >
      <Suspense fallback={<div className="empty">{t("chart.loading")}</div>}>
        {isDepth ? <DepthChart /> : <Chart />}
      </Suspense>
    </Panel>
  );
}

/** The chart library's licence asks for this link. */
function ChartCredit() {
  return (
    <a className="credit" href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
      <span className="credit-by">{t("chart.creditBy")}</span> {t("chart.credit")}
    </a>
  );
}

function BookPanel() {
  return (
    <Panel area="book" title={t("book.title")} aside={<BookGrouping />}>
      <OrderBook />
    </Panel>
  );
}

function TapePanel() {
  return (
    <Panel area="tape" title={t("tape.title")}>
      <Tape />
    </Panel>
  );
}

function TicketPanel({ onLogIn }: Props) {
  return (
    <Panel area="ticket" title={t("ticket.title")}>
      <OrderTicket onLogIn={onLogIn} />
    </Panel>
  );
}

interface PanelProps {
  area: string;
  title: string;
  /** Stands right of the title. */
  lead?: ReactNode;
  /** Stands at the right end of the head. */
  aside?: ReactNode;
  children: ReactNode;
}

function Panel({ area, title, lead, aside, children }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel area-${area}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {lead}
        {aside !== undefined && <div className="panel-aside">{aside}</div>}
      </div>
      <div className="panel-body">{children}</div>
    </section>
  );
}
