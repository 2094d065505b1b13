import { useSearchParams } from "wouter";
import { say } from "../../i18n/records";
import { t } from "../../i18n/translate";
import { stampText } from "../../lib/days";
import { useAccountNumber } from "../../state/acting-account";
import { cancelAll, useOrders } from "../../state/orders";
import { PrintHead } from "../../ui/RecordTools";
import { OrderFilters, type OrdersView } from "./OrderFilters";
import { ExportButtons, OrderRecords } from "./OrderRecords";
import { readFilter, writeFilter } from "./order-filter";

/** A view of the account's orders and fills; what it shows stands in the address. */
export function RecordsPanel({ view }: { view: OrdersView }) {
  const account = useAccountNumber();
  const [params, setParams] = useSearchParams();
  const filter = readFilter(params);
  const choose = (order: number | null) =>
    setParams(
      (before) => {
        if (order === null) before.delete("order");
        else before.set("order", String(order));
        return before;
      },
      { replace: true },
    );
  return (
    <>
      <PrintHead
        title={`${t("app.title")} · ${t(`orders.${view}`)}`}
        account={say("account", { id: account })}
        period={view === "open" ? "" : periodText(filter.from, filter.to)}
        printed={say("printed", { time: stampText(Date.now()) })}
      />
      <div className="page-tools">
        <OrderFilters
          view={view}
          filter={filter}
          onChange={(next) => setParams((before) => writeFilter(before, next), { replace: true })}
        />
        <div className="record-buttons">
          {view === "open" && <CancelAll symbol={filter.symbol || null} />}
          {view !== "open" && <ExportButtons view={view} filter={filter} />}
          <button type="button" className="quiet" onClick={() => window.print()}>
            {say("print")}
          </button>
        </div>
      </div>
      <OrderRecords
        view={view}
        filter={filter}
        chosen={Number(params.get("order") ?? "") || null}
        onChoose={choose}
      />
    </>
  );
}

function periodText(from: string, to: string): string {
  return say("period", {
    from: from === "" ? say("start") : from,
    to: to === "" ? say("now") : to,
  });
}

/** Of the market that the filter names, or of all. */
function CancelAll({ symbol }: { symbol: string | null }) {
  const count = useOrders((orders) => orders.open.size);
  return (
    <button
      type="button"
      className="quiet"
      disabled={count === 0}
      onClick={() => void cancelAll(symbol)}
    >
      {t("orders.cancelAll")}
      {symbol === null ? "" : ` ${symbol}`}
    </button>
  );
}
