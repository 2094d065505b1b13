import { type ReactNode, useState } from "react";
import { t } from "../../i18n/translate";
import { useMarket } from "../../state/market";
import { cancelAll, useOrders } from "../../state/orders";
import { inRows } from "../../state/own-orders";
import { useSession } from "../../state/session";
import { DataTable } from "../../ui/DataTable";
import { type Tab, Tabs } from "../../ui/Tabs";
import { OpenOrders } from "./OpenOrders";
import { fillColumns, historyColumns } from "./order-columns";

/** Rows drawn at most; an account may have thousands of open orders. */
const ROWS_MAX = 200;

type Name = "open" | "history" | "fills" | "extra";

interface Props {
  /** One more tab, where the layout has no panel of its own for it. */
  extra?: { label: string; content: ReactNode } | undefined;
}

/** Open orders, ended orders and fills of the account. */
export function OrdersPanel({ extra }: Props) {
  const [name, setName] = useState<Name>("open");
  const [onlyThis, setOnlyThis] = useState(false);
  const symbol = useMarket((market) => market.symbol);
  const count = useOrders((orders) => orders.open.size);
  const tabs: Tab<Name>[] = [
    { name: "open", label: count === 0 ? t("orders.open") : t("orders.openCount", { count }) },
    { name: "history", label: t("orders.history") },
    { name: "fills", label: t("orders.fills") },
  ];
  if (extra !== undefined) tabs.push({ name: "extra", label: extra.label });
  const selected = name === "extra" && extra === undefined ? "open" : name;
  const only = onlyThis ? symbol : null;
  return (
    <Tabs
      className="orders"
      label={t("orders.open")}
      tabs={tabs}
      selected={selected}
      onSelect={setName}
      aside={
        selected !== "extra" && (
          <div className="orders-aside">
            <label className="check">
              <input
                type="checkbox"
                checked={onlyThis}
                onChange={(event) => setOnlyThis(event.target.checked)}
              />
              {t("orders.thisMarket")}
            </label>
            {selected === "open" && (
              <button
                type="button"
                className="row-button"
                disabled={count === 0}
                onClick={() => void cancelAll(only)}
              >
                {t("orders.cancelAll")}
              </button>
            )}
          </div>
        )
      }
    >
      {selected === "extra" ? extra?.content : <OwnTable name={selected} symbol={only} />}
    </Tabs>
  );
}

function OwnTable({ name, symbol }: { name: Name; symbol: string | null }) {
  const signedIn = useSession((session) => session.status === "signed-in");
  const { open, closed, fills, openKnown, historyKnown } = useOrders();
  const wanted = (row: { symbol: string }) => symbol === null || row.symbol === symbol;
  if (!signedIn) return <div className="empty">{t("orders.logIn")}</div>;
  const loading = name === "open" ? !openKnown : !historyKnown;
  const empty = (text: string) => (loading ? t("orders.loading") : text);
  if (name === "fills") {
    return (
      <DataTable
        caption={t("orders.fills")}
        columns={fillColumns()}
        rows={fills.filter(wanted)}
        rowKey={(fill) => `${fill.symbol}/${fill.trade_id}/${fill.order_id}`}
        empty={empty(t("orders.noFills"))}
      />
    );
  }
  if (name === "open") {
    const rows = inRows(open.values()).filter(wanted).slice(0, ROWS_MAX);
    return <OpenOrders rows={rows} empty={empty(t("orders.noneOpen"))} />;
  }
  return (
    <DataTable
      caption={t("orders.history")}
      columns={historyColumns()}
      rows={closed.filter(wanted).slice(0, ROWS_MAX)}
      rowKey={(order) => order.order_id}
      empty={empty(t("orders.noHistory"))}
    />
  );
}
