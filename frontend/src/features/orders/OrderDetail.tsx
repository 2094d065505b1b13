import { useEffect, useState } from "react";
import { getOrder } from "../../api/account-history";
import type { Fill, Order } from "../../api/types";
import { say } from "../../i18n/records";
import { t } from "../../i18n/translate";
import { groupDigits } from "../../lib/format";
import { errorText, reasonText } from "../../state/errors";
import { assetScale, findInstrument } from "../../state/market";
import { qtyText } from "../../state/order-text";
import { Stamp } from "../../ui/Stamp";
import { feesOf, type StoryStep, storyOf } from "./order-story";

/** All of one order: its ids, what it cost, and what happened to it, in order. */
export function OrderDetail({ order: listed }: { order: Order }) {
  const [order, setOrder] = useState<Order | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { order_id, seq } = listed;
  // biome-ignore lint/correctness/useExhaustiveDependencies: an order that has changed is read anew
  useEffect(() => {
    let isShown = true;
    getOrder(order_id).then(
      (found) => isShown && setOrder(found),
      (error) => isShown && setProblem(errorText(error)),
    );
    return () => {
      isShown = false;
    };
  }, [order_id, seq]);
  if (problem !== null) return <p className="problem">{problem}</p>;
  if (order === null) return <p className="hint">{say("reading")}</p>;
  return (
    <div className="order-detail">
      <dl className="figures">
        <Figure name={say("orderId")} value={String(order.order_id)} />
        <Figure name={say("clientId")} value={order.client_order_id} />
        <Figure name={t("column.tif")} value={t(`tif.${order.time_in_force}`)} />
        <Figure name={t("column.average")} value={groupDigits(order.avg_price ?? "–")} />
        <Figure name={say("fees")} value={feeText(order.fills ?? [])} />
      </dl>
      <ol className="story" aria-label={say("story")}>
        {storyOf(order).map((step, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added
          <li key={at}>
            <Stamp tsNs={step.tsNs} />
            <span>{stepText(step, order)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num">{value}</dd>
    </div>
  );
}

function feeText(fills: readonly Fill[]): string {
  const fees = feesOf(fills, assetScale).map(({ asset, fee }) => `${groupDigits(fee)} ${asset}`);
  return fees.length === 0 ? say("noFees") : fees.join(" · ");
}

function stepText(step: StoryStep, order: Order): string {
  if (step.kind === "accepted") {
    return say(order.trigger_price === null ? "accepted" : "acceptedWaits");
  }
  if (step.kind === "fill") return fillText(step.fill);
  if (step.kind === "changed") return say("changed");
  const status = t(`status.${order.status}`);
  return order.reason === null
    ? status
    : say("endedAs", { status, reason: reasonText(order.reason) });
}

function fillText(fill: Fill): string {
  const spec = findInstrument(fill.symbol);
  const what = say("fill", {
    role: t(`liquidity.${fill.liquidity}`),
    qty: spec === null ? fill.qty : qtyText(fill.qty, spec),
    asset: spec?.base ?? "",
    price: groupDigits(fill.price),
  });
  const cost = say("fillFee", {
    fee: groupDigits(fill.fee),
    asset: fill.fee_asset,
    trade: fill.trade_id,
  });
  return `${what}; ${cost}`;
}
