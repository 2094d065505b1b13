import type { Fill, Order, Side } from "../../api/types";
import { t, translateIfKnown } from "../../i18n/translate";
import { fixedFromServer, formatFixed, notional } from "../../lib/fixed-point";
import { formatDateTime } from "../../lib/format";
import { msFromNs } from "../../lib/whole-units";
import { reasonText } from "../../state/errors";
import { findInstrument } from "../../state/market";
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

function typeText(order: Order): string {
  const named = translateIfKnown(`type.${order.type}`) ?? order.type;
  const price = order.trigger_price;
  const type = price === null ? named : t("orders.trigger", { type: named, price });
  return order.post_only ? `${type}, ${t("orders.postOnly")}` : type;
}

function orderColumns(): Record<
  "time" | "type" | "price" | "qty" | "filled" | "tif",
  Column<Order>
> {
  return {
    time: {
      key: "time",
      label: t("column.time"),
      from: 2,
      render: (order) => time(order.created_ts_ns),
    },
    type: { key: "type", label: t("column.type"), from: 3, render: typeText },
    price: {
      key: "price",
      label: t("column.price"),
      numeric: true,
      render: (order) => <PriceCell text={order.price} />,
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
      from: 2,
      render: (order) => <Qty text={order.cum_qty} symbol={order.symbol} />,
    },
    tif: {
      key: "tif",
      label: t("column.tif"),
      from: 3,
      render: (order) =>
        translateIfKnown(`tif.${order.time_in_force}.short`) ?? order.time_in_force,
    },
  };
}

export function openOrderColumns(cancelCell: (order: Order) => React.ReactNode): Column<Order>[] {
  const { time, type, price, qty, filled, tif } = orderColumns();
  const value: Column<Order> = {
    key: "value",
    label: t("column.value"),
    numeric: true,
    from: 3,
    render: (order) =>
      order.price === null ? (
        "–"
      ) : (
        <Value price={order.price} qty={order.leaves_qty} symbol={order.symbol} />
      ),
  };
  const cancel: Column<Order> = {
    key: "cancel",
    label: t("column.actions"),
    unlabelled: true,
    numeric: true,
    render: cancelCell,
  };
  return [time, symbolColumn(), sideColumn(), type, price, qty, filled, value, tif, cancel];
}

export function historyColumns(): Column<Order>[] {
  const { time, type, price, qty, filled } = orderColumns();
  const average: Column<Order> = {
    key: "average",
    label: t("column.average"),
    numeric: true,
    from: 3,
    render: (order) => (order.avg_price === null ? "–" : <Price text={order.avg_price} />),
  };
  const status: Column<Order> = { key: "status", label: t("column.status"), render: statusText };
  return [time, symbolColumn(), sideColumn(), type, price, average, qty, filled, status];
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
