import type { Fill, Order, Side } from "../../api/types";
import { t, translateIfKnown } from "../../i18n/translate";
import { fixedFromServer, formatFixed, notional } from "../../lib/fixed-point";
import { formatDateTime, formatDayTime } from "../../lib/format";
import { msFromNs } from "../../lib/whole-units";
import { reasonText } from "../../state/errors";
import { findInstrument } from "../../state/market";
import { bpsText, qtyText } from "../../state/order-text";
import { waitsForRise } from "../../state/own-orders";
import type { Column } from "../../ui/DataTable";
import { Price } from "../../ui/Price";

/** Cells shared by the tables of orders and fills. */

const time = (ns: string) => <span className="num">{formatDateTime(msFromNs(ns))}</span>;

function SideCell({ side }: { side: Side }) {
  return (
    <span className={side === "buy" ? "bid" : "ask"}>
      <span className="direction" aria-hidden="true">
        {side === "buy" ? "▲" : "▼"}
      </span>
      {t(side === "buy" ? "side.buy" : "side.sell")}
    </span>
  );
}

function PriceCell({ text }: { text: string | null }) {
  return text === null ? t("orders.market") : <Price text={text} />;
}

function Qty({ text, symbol }: { text: string | null; symbol: string }) {
  const spec = findInstrument(symbol);
  if (text === null || spec === null) return text ?? "–";
  return <Price text={formatFixed(fixedFromServer(text, spec.qtyDecimals), spec.qtyDecimals)} />;
}

/** Price × quantity in the quote asset, to the decimals of prices: the points stand under each other. */
function Value({ price, qty, symbol }: { price: string; qty: string; symbol: string }) {
  const spec = findInstrument(symbol);
  if (spec === null) return "–";
  const { priceDecimals, qtyDecimals } = spec;
  const units = notional(
    fixedFromServer(price, priceDecimals),
    priceDecimals,
    fixedFromServer(qty, qtyDecimals),
    qtyDecimals,
    priceDecimals,
  );
  return <Price text={formatFixed(units, priceDecimals)} />;
}

function statusText(order: Order): string {
  const status = t(`status.${order.status}`);
  const said = ["REQUESTED", "CANCEL_ALL"].includes(order.reason ?? "REQUESTED");
  return said ? status : `${status}: ${reasonText(order.reason)}`;
}

const symbolColumn = <Row extends { symbol: string }>(): Column<Row> => ({
  key: "symbol",
  label: t("column.symbol"),
  render: (row) => row.symbol,
});

const sideColumn = <Row extends { side: Side }>(): Column<Row> => ({
  key: "side",
  label: t("column.side"),
  render: (row) => <SideCell side={row.side} />,
});

function TypeCell({ order }: { order: Order }) {
  const extras: string[] = [];
  if (order.post_only) extras.push(t("orders.postOnly"));
  if (order.display_qty !== null) {
    const spec = findInstrument(order.symbol);
    const qty = spec === null ? order.display_qty : qtyText(order.display_qty, spec);
    extras.push(t("orders.shows", { qty }));
  }
  return (
    <>
      {[translateIfKnown(`type.${order.type}`) ?? order.type, ...extras].join(", ")}
      {order.list_id !== null && <PairMark order={order} />}
    </>
  );
}

/** The two orders of a pair stand under each other: the mark joins them. */
function PairMark({ order }: { order: Order }) {
  return (
    <span className="pair" title={t("orders.pairTitle")} data-list={order.list_id}>
      {t("orders.pair")}
    </span>
  );
}

/** At or beyond which price a trade sets it off; a trailing stop says how far it stays behind. */
function TriggerCell({ order }: { order: Order }) {
  const { trigger_price: trigger, trailing_bps: bps } = order;
  if (bps !== null && order.status === "pending_trigger") {
    return <span className="num">{t("orders.trailing", { distance: bpsText(bps) })}</span>;
  }
  if (trigger === null) return "–";
  const rises = waitsForRise(order);
  const way = t(rises ? "orders.above" : "orders.below");
  return (
    <span title={t("orders.onTrade", { price: trigger, way })}>
      <span aria-hidden="true">{rises ? "≥ " : "≤ "}</span>
      <Price text={trigger} />
      <span className="unseen"> {way}</span>
    </span>
  );
}

function InForceCell({ order }: { order: Order }) {
  const short = translateIfKnown(`tif.${order.time_in_force}.short`) ?? order.time_in_force;
  if (order.expire_at_s === null) return short;
  const date = formatDayTime(order.expire_at_s * 1_000);
  return (
    <span title={t(`tif.${order.time_in_force}`)}>
      <span className="unseen">{short} </span>
      <span className="num">{t("orders.until", { time: date })}</span>
    </span>
  );
}

function orderColumns(): Record<
  "time" | "type" | "price" | "trigger" | "qty" | "filled" | "tif",
  Column<Order>
> {
  return {
    time: {
      key: "time",
      label: t("column.time"),
      from: 2,
      render: (order) => time(order.created_ts_ns),
    },
    type: {
      key: "type",
      label: t("column.type"),
      from: 2,
      render: (order) => <TypeCell order={order} />,
    },
    price: {
      key: "price",
      label: t("column.price"),
      numeric: true,
      render: (order) => <PriceCell text={order.price} />,
    },
    trigger: {
      key: "trigger",
      label: t("column.trigger"),
      numeric: true,
      render: (order) => <TriggerCell order={order} />,
    },
    qty: {
      key: "qty",
      label: t("column.qty"),
      numeric: true,
      render: (order) => <Qty text={order.qty} symbol={order.symbol} />,
    },
    filled: {
      key: "filled",
      label: t("column.filled"),
      numeric: true,
      from: 3,
      render: (order) => <Qty text={order.cum_qty} symbol={order.symbol} />,
    },
    tif: {
      key: "tif",
      label: t("column.tif"),
      from: 3,
      render: (order) => <InForceCell order={order} />,
    },
  };
}

export function openOrderColumns(actions: (order: Order) => React.ReactNode): Column<Order>[] {
  const { time, type, price, trigger, qty, filled, tif } = orderColumns();
  const value: Column<Order> = {
    key: "value",
    label: t("column.value"),
    numeric: true,
    from: 4,
    render: (order) =>
      order.price === null ? (
        "–"
      ) : (
        <Value price={order.price} qty={order.leaves_qty} symbol={order.symbol} />
      ),
  };
  const last: Column<Order> = {
    key: "actions",
    label: t("column.actions"),
    unlabelled: true,
    numeric: true,
    render: actions,
  };
  return [
    time,
    { ...symbolColumn(), from: 2 },
    { ...sideColumn(), render: (order) => <SideAndTypeCell order={order} /> },
    type,
    { ...price, render: (order) => <PriceAndTriggerCell order={order} /> },
    { ...trigger, from: 2 },
    qty,
    filled,
    value,
    tif,
    last,
  ];
}

/** On a phone the market and the type stand under the side, and the trigger under the price. */
function SideAndTypeCell({ order }: { order: Order }) {
  return (
    <>
      <SideCell side={order.side} />
      <span className="narrow">{order.symbol}</span>
      <span className="narrow">
        <TypeCell order={order} />
      </span>
    </>
  );
}

function PriceAndTriggerCell({ order }: { order: Order }) {
  const waits = order.trigger_price !== null || order.trailing_bps !== null;
  return (
    <>
      <PriceCell text={order.price} />
      {waits && (
        <span className="narrow">
          <TriggerCell order={order} />
        </span>
      )}
    </>
  );
}

export function historyColumns(): Column<Order>[] {
  const { time, type, price, trigger, qty, filled } = orderColumns();
  const average: Column<Order> = {
    key: "average",
    label: t("column.average"),
    numeric: true,
    from: 3,
    render: (order) => (order.avg_price === null ? "–" : <Price text={order.avg_price} />),
  };
  const status: Column<Order> = { key: "status", label: t("column.status"), render: statusText };
  const late = { ...trigger, from: 3 as const };
  return [time, symbolColumn(), sideColumn(), type, price, late, average, qty, filled, status];
}

export function fillColumns(): Column<Fill>[] {
  return [
    { key: "time", label: t("column.time"), from: 2, render: (fill) => time(fill.ts_ns) },
    symbolColumn(),
    sideColumn(),
    {
      key: "price",
      label: t("column.price"),
      numeric: true,
      render: (fill) => <Price text={fill.price} />,
    },
    {
      key: "qty",
      label: t("column.qty"),
      numeric: true,
      render: (fill) => <Qty text={fill.qty} symbol={fill.symbol} />,
    },
    {
      key: "value",
      label: t("column.value"),
      numeric: true,
      from: 3,
      render: (fill) => <Value price={fill.price} qty={fill.qty} symbol={fill.symbol} />,
    },
    {
      key: "fee",
      label: t("column.fee"),
      numeric: true,
      from: 2,
      render: (fill) => (
        <>
          <Price text={fill.fee} /> {fill.fee_asset}
        </>
      ),
    },
    {
      key: "role",
      label: t("column.role"),
      from: 3,
      render: (fill) => t(`liquidity.${fill.liquidity}`),
    },
  ];
}
