import { type ReactNode, useEffect, useState } from "react";
import {
  cancelOrderOf,
  getHistory,
  getOpenOrders,
  type HistoryFilter,
  historyPath,
} from "../../api/account-history";
import type { AccountId } from "../../api/accounts";
import type { Fill, Order } from "../../api/types";
import { say } from "../../i18n/records";
import { t } from "../../i18n/translate";
import { errorText } from "../../state/errors";
import { findInstrument } from "../../state/market";
import { orderText } from "../../state/order-text";
import { useOrders } from "../../state/orders";
import { inRows } from "../../state/own-orders";
import { saveFile } from "../../state/save-file";
import { showToast } from "../../state/toasts";
import { type Column, DataTable } from "../../ui/DataTable";
import { type PageOf, usePages } from "../../ui/pages";
import { ListEnd } from "../../ui/RecordTools";
import { Stamp } from "../../ui/Stamp";
import { OpenOrders } from "./OpenOrders";
import { OrderDetail } from "./OrderDetail";
import type { OrdersView } from "./OrderFilters";
import { fillColumns, historyColumns, openOrderColumns } from "./order-columns";
import { askedOf, matchesFill, matchesOrder, type OrderFilter } from "./order-filter";

interface Props {
  account: AccountId;
  filter: OrderFilter;
  /** The order whose details are shown, and how another is chosen. */
  chosen: number | null;
  onChoose: (orderId: number | null) => void;
}

/** The orders or fills of a view, as the filters say. */
export function OrderRecords({ view, ...props }: Props & { view: OrdersView }) {
  if (view === "fills") return <FillsList {...props} />;
  if (view === "history") return <HistoryList {...props} />;
  if (props.account === null) return <OwnOpenList filter={props.filter} />;
  return <OpenListOf {...props} account={props.account} />;
}

interface ExportProps {
  view: "history" | "fills";
  account: AccountId;
  filter: OrderFilter;
}

/** The view as a file. */
export function ExportButtons({ view, account, filter }: ExportProps) {
  const kind = view === "fills" ? "fills" : "orders";
  return (["csv", "json"] as const).map((ending) => (
    <button
      key={ending}
      type="button"
      className="quiet"
      title={say("exportHint")}
      onClick={() =>
        void saveFile(historyPath(kind, `.${ending}`, askedOf(filter, kind)), account, (name) =>
          say("exported", { name }),
        )
      }
    >
      {say(ending)}
    </button>
  ));
}

/** The main account's open orders come by themselves, with the ways to change them. */
function OwnOpenList({ filter }: { filter: OrderFilter }) {
  const { open, openKnown } = useOrders();
  const rows = inRows(open.values()).filter((order) => matchesOrder(order, filter));
  const empty = !openKnown
    ? t("orders.loading")
    : open.size > 0
      ? say("none")
      : t("orders.noneOpen");
  return <OpenOrders rows={rows} empty={empty} />;
}

const POLL_MS = 3_000;

function OpenListOf({ account, filter }: Props & { account: number }) {
  const [orders, setOrders] = useState<Order[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isShown = true;
    async function load(): Promise<void> {
      try {
        const found = await getOpenOrders(account);
        if (!isShown) return;
        setOrders(found.orders);
        setProblem(null);
      } catch (error) {
        if (isShown) setProblem(errorText(error));
      }
      if (isShown) timer = setTimeout(load, POLL_MS);
    }
    void load();
    return () => {
      isShown = false;
      clearTimeout(timer);
    };
  }, [account]);

  async function cancel(order: Order): Promise<void> {
    try {
      await cancelOrderOf(order.order_id, account);
      setOrders((known) => known?.filter((one) => one.order_id !== order.order_id) ?? null);
      showToast("plain", say("canceled", { id: order.order_id }));
    } catch (error) {
      showToast("warning", errorText(error));
    }
  }

  const actions = (order: Order) => {
    const spec = findInstrument(order.symbol);
    const name = spec === null ? String(order.order_id) : orderText(order, spec);
    return (
      <button
        type="button"
        className="row-button"
        aria-label={t("orders.cancelOrder", { order: name })}
        onClick={() => void cancel(order)}
      >
        {t("orders.cancel")}
      </button>
    );
  };
  return (
    <>
      <DataTable
        caption={t("orders.open")}
        columns={openOrderColumns(actions)}
        rows={(orders ?? []).filter((order) => matchesOrder(order, filter))}
        rowKey={(order) => order.order_id}
        empty={orders === null ? t("orders.loading") : t("orders.noneOpen")}
      />
      {problem !== null && <p className="problem">{problem}</p>}
    </>
  );
}

function HistoryList({ account, filter, chosen, onChoose }: Props) {
  const asked = askedOf(filter, "orders");
  const load = (cursor: string | null): Promise<PageOf<Order>> =>
    getHistory("orders", account, asked, cursor);
  const pages = usePages(keyOf(account, asked, filter), load, (order) =>
    matchesOrder(order, filter),
  );
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
        detail={(order) =>
          order.order_id === chosen ? <OrderDetail order={order} account={account} /> : null
        }
      />
      <ListEnd pages={pages} error={pages.error === null ? null : errorText(pages.error)} />
    </>
  );
}

function FillsList({ account, filter }: Props) {
  const asked = askedOf(filter, "fills");
  const load = (cursor: string | null): Promise<PageOf<Fill>> =>
    getHistory("fills", account, asked, cursor);
  const pages = usePages(keyOf(account, asked, filter), load, (fill) => matchesFill(fill, filter));
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

function keyOf(account: AccountId, asked: HistoryFilter, filter: OrderFilter): string {
  return JSON.stringify([account, asked, filter.type, filter.text]);
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
