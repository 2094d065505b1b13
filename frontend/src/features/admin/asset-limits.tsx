import type { OperatedAccount } from "../../api/admin";
import { say } from "../../i18n/admin";

/** How limits of an account are told; 0 is none. */
export function limitText(count: number): string | number {
  return count === 0 ? "–" : count;
}

/** What is set of assets, under the account; null: nothing is. */
export function assetLimits({ asset_limits }: Pick<OperatedAccount, "asset_limits">) {
  const set = asset_limits.filter(
    ({ position_max, order_notional_max }) => !isZero(position_max) || !isZero(order_notional_max),
  );
  if (set.length === 0) return null;
  return (
    <p className="admin-limits">
      {set.map(({ asset, position_max, order_notional_max }) => (
        <span key={asset}>
          {asset}: {!isZero(position_max) && `${say("position_max")} ${position_max} `}
          {!isZero(order_notional_max) && `${say("order_notional_max")} ${order_notional_max}`}
        </span>
      ))}
    </p>
  );
}

function isZero(decimal: string): boolean {
  return /^[0.]*$/.test(decimal);
}
