import type { Bot, BotOrder } from "../../api/bots";
import { say } from "../../i18n/bots";
import { t } from "../../i18n/translate";
import { type Column, DataTable } from "../../ui/DataTable";
import { Price } from "../../ui/Price";
import { ordersOf } from "./bot-orders";

/** What a bot has in the books: what it bids beside what it offers, the best prices on top. */
export function BotOrders({ bot }: { bot: Bot }) {
  const { name, symbols, orders = [] } = bot;
  if (orders.length === 0) return <p className="hint">{say("noOrders")}</p>;
  const sides = (["buy", "sell"] as const).map((side) => (
    <DataTable
      key={side}
      caption={say(side === "buy" ? "bidsOf" : "offersOf", { name })}
      columns={columns(side, symbols.length > 1)}
      rows={ordersOf(orders, side, symbols)}
      rowKey={(order) => order.order_id}
      empty={say(side === "buy" ? "noBids" : "noOffers")}
    />
  ));
  return (
    <section
      className="bot-orders"
      aria-label={say("ordersOf", { name })}
      // It scrolls, so the keyboard must be able to reach it.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
    >
      {sides}
    </section>
  );
}

function columns(side: BotOrder["side"], hasMarkets: boolean): Column<BotOrder>[] {
  const market: Column<BotOrder> = {
    key: "symbol",
    label: t("column.symbol"),
    render: ({ symbol }) => symbol,
  };
  const mark = side === "buy" ? "▲" : "▼";
  return [
    ...(hasMarkets ? [market] : []),
    {
      key: "price",
      label: `${mark} ${t(side === "buy" ? "side.buy" : "side.sell")}`,
      numeric: true,
      render: ({ price }) => <Price text={price} className={side === "buy" ? "bid" : "ask"} />,
    },
    {
      key: "qty",
      label: t("column.qty"),
      numeric: true,
      render: ({ qty }) => <Price text={qty} />,
    },
  ];
}
