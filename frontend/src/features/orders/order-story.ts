import type { Fill, Order } from "../../api/types";
import { fixedFromServer, formatFixed } from "../../lib/fixed-point";

/** What happened to one order, oldest first, as far as the exchange keeps it. */
export type StoryStep =
  | { kind: "accepted"; tsNs: string }
  | { kind: "fill"; tsNs: string; fill: Fill }
  /** New terms, or triggered: of those the last moment is known. */
  | { kind: "changed"; tsNs: string }
  | { kind: "ended"; tsNs: string };

const OPEN: readonly Order["status"][] = ["pending_trigger", "new", "partially_filled"];

export function storyOf(order: Order): StoryStep[] {
  const fills = [...(order.fills ?? [])].sort((a, b) => a.seq - b.seq);
  const steps: StoryStep[] = [
    { kind: "accepted", tsNs: order.created_ts_ns },
    ...fills.map((fill): StoryStep => ({ kind: "fill", tsNs: fill.ts_ns, fill })),
  ];
  const tsNs = order.updated_ts_ns;
  if (!OPEN.includes(order.status)) {
    // A filled order has ended with its last fill.
    if (order.status !== "filled" || fills.length === 0) steps.push({ kind: "ended", tsNs });
  } else if (!steps.some((step) => step.tsNs === tsNs)) {
    steps.push({ kind: "changed", tsNs });
  }
  return steps.sort((a, b) => (BigInt(a.tsNs) < BigInt(b.tsNs) ? -1 : a.tsNs === b.tsNs ? 0 : 1));
}

/** What an order cost in fees, by asset, exactly. `scaleOf`: decimals of an asset. */
export function feesOf(
  fills: readonly Pick<Fill, "fee" | "fee_asset">[],
  scaleOf: (asset: string) => number,
): { asset: string; fee: string }[] {
  const sums = new Map<string, bigint>();
  for (const { fee, fee_asset } of fills) {
    const units = fixedFromServer(fee, scaleOf(fee_asset));
    sums.set(fee_asset, (sums.get(fee_asset) ?? 0n) + units);
  }
  return [...sums].map(([asset, units]) => ({ asset, fee: formatFixed(units, scaleOf(asset)) }));
}
