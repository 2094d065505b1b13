import type { ReactNode } from "react";
import { getHistory, type HistoryFilter, historyPath } from "../../api/account-history";
import type { Fill, Order } from "../../api/types";
import { say } from "../../i18n/records";
import { t } from "../../i18n/translate";
import { errorText } from "../../state/errors";
import { useOrders } from "../../state/orders";
import { inRows } from "../../state/own-orders";
import { saveFile } from "../../state/save-file";
import { type Column, DataTable } from "../../ui/DataTable";
import { type PageOf, useCursorPages } from "../../ui/pages";
import { ListEnd } from "../../ui/RecordTools";
import { Stamp } from "../../ui/Stamp";
import { OpenOrders } from "./OpenOrders";
import { OrderDetail } from "./OrderDetail";
import type { OrdersView } from "./OrderFilters";
import { fillColumns, historyColumns } from "./order-columns";
import { askedOf, matchesFill, matchesOrder, type OrderFilter } from "./order-filter";

interface Props {
  filter: OrderFilter;
  /** The order whose details are shown, and how another is chosen. */
  chosen: number | null;
  onChoose: (orderId: number | null) => void;
}

/** The orders or fills of a view, as the filters say. */
export function OrderRecords({ view, ...props }: Props & { view: OrdersView }) {
  if (view === "fills") return <FillsList {...props} />;
  if (view === "history") return <HistoryList {...props} />;
  return <OpenList filter={props.filter} />;
}

interface ExportProps {
  view: "history" | "fills";
  filter: OrderFilter;
}

/** The view as a file. */
export function ExportButtons({ view, filter }: ExportProps) {
  const kind = view === "fills" ? "fills" : "orders";
  return (["csv", "json"] as const).map((ending) => (
    <button
      key={ending}
      type="button"
      className="quiet"
      title={say("exportHint")}
      onClick={() =>
        void saveFile(historyPath(kind, `.${ending}`, askedOf(filter, kind)), (name) =>
          say("exported", { name }),
        )
      }
    >
      {say(ending)}
    </button>
  ));
}

/** Open orders come by themselves, with the ways to change them. */
function OpenList({ filter }: { filter: OrderFilter }) {
  const { open, openKnown } = useOrders();
  const rows = inRows(open.values()).filter((order) => matchesOrder(order, filter));
  const empty = !openKnown
    ? t("orders.loading")
    : open.size > 0
      ? say("none")
      : t("orders.noneOpen");
  return <OpenOrders rows={rows} empty={empty} />;
}

function HistoryList({ filter, chosen, onChoose }: Props) {
  const asked = askedOf(filter, "orders");
  const load = (cursor: string | null): Promise<PageOf<Order>> =>
    getHistory("orders", asked, cursor);
  const pages = useCursorPages(keyOf(asked, filter), load, (order) => matchesOrder(order, filter));
  const time: Column<Order> = {
    key: "time",
    label: t("column.time"),
    render: (order) => (
      <MoreButton
        isOpen={order.order_id === chosen}
        label={say("detailsOf", { id: order.order_id })}
        onToggle={() => onChoose(order.order_id === chosen ? null : order.order_id)}
      >
        <Stamp tsNs={order.created_ts_ns} />
      </MoreButton>
    ),
  };
  return (
    <>
      <DataTable
        caption={t("orders.history")}
        columns={[time, ...onPhone(historyColumns().slice(1), ["symbol", "type"])]}
        rows={pages.rows}
        rowKey={(order) => order.order_id}
        empty={emptyText(pages, filter, t("orders.noHistory"))}
        detail={(order) => (order.order_id === chosen ? <OrderDetail order={order} /> : null)}
      />
      <ListEnd pages={pages} error={pages.error === null ? null : errorText(pages.error)} />
    </>
  );
}

function FillsList({ filter }: Props) {
  const asked = askedOf(filter, "fills");
  const load = (cursor: string | null): Promise<PageOf<Fill>> => getHistory("fills", asked, cursor);
  const pages = useCursorPages(keyOf(asked, filter), load, (fill) => matchesFill(fill, filter));
  const time: Column<Fill> = {
    key: "time",
    label: t("column.time"),
    render: (fill) => <Stamp tsNs={fill.ts_ns} />,
  };
  const order: Column<Fill> = {
    key: "order",
    label: say("orderId"),
    numeric: true,
    from: 4,
    render: (fill) => <span className="num">{fill.order_id}</span>,
  };
  return (
    <>
      <DataTable
        caption={t("orders.fills")}
        columns={[time, ...onPhone(fillColumns().slice(1), ["symbol"]), order]}
        rows={pages.rows}
        rowKey={(fill) => `${fill.symbol}/${fill.trade_id}/${fill.order_id}`}
        empty={emptyText(pages, filter, t("orders.noFills"))}
      />
      <ListEnd pages={pages} error={pages.error === null ? null : errorText(pages.error)} />
    </>
  );
}

/** On a phone these columns have no room: what they say stands under the side. */
function onPhone<Row>(columns: readonly Column<Row>[], under: readonly string[]): Column<Row>[] {
  const moved = columns.filter(({ key }) => under.includes(key));
  return columns.map((column) => {
    if (under.includes(column.key)) return { ...column, from: 2 };
    if (column.key !== "side") return column;
    const render = (row: Row) => (
      <>
        {column.render(row)}
        {moved.map((one) => (
          <span key={one.key} className="narrow">
            {one.render(row)}
          </span>
        ))}
      </>
    );
    return { ...column, render };
  });
}

function keyOf(asked: HistoryFilter, filter: OrderFilter): string {
  return JSON.stringify([asked, filter.type, filter.text]);
}

function emptyText(
  pages: { isLoading: boolean; hasMore: boolean; error: unknown },
  filter: OrderFilter,
  none: string,
): string {
  if (pages.isLoading) return t("orders.loading");
  if (pages.hasMore || pages.error !== null) return "";
  return Object.values(filter).some((value) => value !== "") ? say("none") : none;
}

interface MoreProps {
  isOpen: boolean;
  label: string;
  onToggle: () => void;
  children: ReactNode;
}

function MoreButton({ isOpen, label, onToggle, children }: MoreProps) {
  return (
    <button type="button" className="row-more num" aria-expanded={isOpen} onClick={onToggle}>
      <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span> {children}
      <span className="unseen"> {label}</span>
    </button>
  );
}
