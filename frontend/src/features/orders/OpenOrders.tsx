import { useRef, useState } from "react";
import type { InstrumentSpec } from "../../api/instrument-spec";
import type { Order } from "../../api/types";
import { t } from "../../i18n/translate";
import { findInstrument } from "../../state/market";
import { orderText } from "../../state/order-text";
import { cancelOne, cancelPair } from "../../state/orders";
import { DataTable } from "../../ui/DataTable";
import { AmendRow } from "./AmendRow";
import { openOrderColumns } from "./order-columns";

interface Props {
  rows: readonly Order[];
  empty: string;
}

/** What is open, with the ways to end it and to change it. */
export function OpenOrders({ rows, empty }: Props) {
  const [amending, setAmending] = useState<number | null>(null);
  const opener = useRef<HTMLButtonElement | null>(null);

  function close(): void {
    setAmending(null);
    opener.current?.focus();
  }

  const actions = (order: Order) => {
    const spec = findInstrument(order.symbol);
    if (spec === null) return null;
    const isAmending = amending === order.order_id;
    return (
      <span className="row-actions">
        <AmendButton
          order={order}
          spec={spec}
          isAmending={isAmending}
          onToggle={(button) => {
            opener.current = button;
            setAmending(isAmending ? null : order.order_id);
          }}
        />
        <CancelButton order={order} spec={spec} />
      </span>
    );
  };
  const detail = (order: Order) => {
    const spec = findInstrument(order.symbol);
    if (spec === null || amending !== order.order_id) return null;
    return <AmendRow order={order} spec={spec} onClose={close} />;
  };
  return (
    <DataTable
      caption={t("orders.open")}
      columns={openOrderColumns(actions)}
      rows={rows}
      rowKey={(order) => order.order_id}
      empty={empty}
      detail={detail}
    />
  );
}

interface ButtonProps {
  order: Order;
  spec: InstrumentSpec;
}

interface AmendButtonProps extends ButtonProps {
  isAmending: boolean;
  onToggle: (button: HTMLButtonElement) => void;
}

function AmendButton({ order, spec, isAmending, onToggle }: AmendButtonProps) {
  // The exchange changes no order of a pair: what holds for one would have to hold for both.
  if (order.list_id !== null) return null;
  return (
    <button
      type="button"
      className="row-button"
      aria-expanded={isAmending}
      aria-label={t("orders.amendOrder", { order: orderText(order, spec) })}
      onClick={(event) => onToggle(event.currentTarget)}
    >
      {t("orders.amend")}
    </button>
  );
}

function CancelButton({ order, spec }: ButtonProps) {
  const [working, setWorking] = useState(false);
  const { list_id } = order;
  const values = { order: orderText(order, spec) };
  return (
    <button
      type="button"
      className="row-button"
      disabled={working}
      aria-label={t(list_id === null ? "orders.cancelOrder" : "orders.cancelPairOf", values)}
      onClick={async () => {
        setWorking(true);
        await (list_id === null ? cancelOne(order) : cancelPair({ ...order, list_id }));
        setWorking(false);
      }}
    >
      {t(list_id === null ? "orders.cancel" : "orders.cancelPair")}
    </button>
  );
}
