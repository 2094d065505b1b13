import type { OperatedAccount, OperatedUser, Role, UserStatus } from "../../api/admin";
import { type AdminWord, say } from "../../i18n/admin";
import { type ActField, type ActPlan, bodyOf, changeBody, withReason } from "./act";

const STATUS_ACTS: Readonly<Record<UserStatus, AdminWord>> = {
  active: "letGoOn",
  cancel_only: "onlyCancels",
  suspended: "suspend",
  closed: "closeForGood",
};

const STATUSES = Object.keys(STATUS_ACTS) as UserStatus[];
const ROLES: readonly Role[] = ["user", "market_maker", "support", "admin"];
const COUNT_MAX = 2 ** 31 - 1;
export const TIER_MAX = 15;

/** Where a user can go from here: nobody comes back from closed, and support only stops. */
export function nextStatuses(now: UserStatus, mayAll: boolean): UserStatus[] {
  if (now === "closed") return [];
  const others = STATUSES.filter((status) => status !== now);
  const stricter = (status: UserStatus) => STATUSES.indexOf(status) > STATUSES.indexOf(now);
  return mayAll ? others : others.filter((status) => stricter(status) && status !== "closed");
}

export function statusWord(status: UserStatus): string {
  return say(STATUS_ACTS[status]);
}

export function userStatusPlan(user: OperatedUser, status: UserStatus): ActPlan {
  const { email, account_ids, user_id } = user;
  return {
    title: `${say(STATUS_ACTS[status])}: ${email}`,
    words: () => say(`userTo_${status}`, { email, accounts: account_ids.length }),
    confirm: say(STATUS_ACTS[status]),
    isGrave: status === "suspended" || status === "closed",
    ...(status === "closed" ? { typed: email } : {}),
    fields: [],
    reason: "optional",
    wanted: (_, reason) => ({
      method: "PUT",
      path: `/admin/users/${user_id}/status`,
      body: { status, ...withReason(reason) },
    }),
  };
}

export function rolePlan(user: OperatedUser): ActPlan {
  const { email, role, user_id } = user;
  return {
    title: say("roleOf", { email }),
    words: ({ role: to }) =>
      to === "admin" && role !== "admin"
        ? `${say("roleTo_admin", { email })} ${say("roleProposed")}`
        : say(to === role ? "chooseRole" : (`roleTo_${to as Role}` as const), { email }),
    confirm: say("giveRole"),
    isChange: true,
    fields: [
      {
        name: "role",
        label: say("role"),
        kind: "choice",
        initial: role,
        options: ROLES.map((value) => ({ value, label: say(value) })),
      },
    ],
    reason: "needed",
    // Nobody makes an admin alone: it is asked for, and another operator agrees.
    wanted: (texts, reason) =>
      texts.role === "admin"
        ? {
            method: "POST",
            path: "/admin/administrators",
            body: { user_id, ...withReason(reason) },
          }
        : {
            method: "PUT",
            path: `/admin/users/${user_id}/role`,
            body: { role: texts.role, ...withReason(reason) },
          },
  };
}

export function accountStatusPlan(account: OperatedAccount): ActPlan {
  const { account_id, status } = account;
  return {
    title: say("accountStatus", { account: account_id }),
    words: ({ status: to }) =>
      to === status
        ? say("chooseStatus")
        : say(`accountTo_${to as UserStatus}`, { account: account_id }),
    confirm: say("setIt"),
    isChange: true,
    fields: [
      {
        name: "status",
        label: say("status"),
        kind: "choice",
        initial: status,
        options: STATUSES.map((value) => ({ value, label: say(value) })),
      },
    ],
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PUT",
      path: `/admin/accounts/${account_id}/status`,
      body: { status: texts.status, ...withReason(reason) },
    }),
  };
}

export function feeTierPlan(account: Pick<OperatedAccount, "account_id" | "fee_tier">): ActPlan {
  const { account_id, fee_tier } = account;
  const tiers = Array.from({ length: TIER_MAX + 1 }, (_, tier) => `${tier}`);
  return {
    title: say("feeTierOf", { account: account_id }),
    words: ({ tier }) =>
      say(tier === "0" ? "tierNone" : "tierTo", { account: account_id, tier: tier! }),
    confirm: say("setIt"),
    isChange: true,
    fields: [
      {
        name: "tier",
        label: say("feeTier"),
        kind: "choice",
        initial: `${fee_tier}`,
        options: tiers.map((value) => ({ value, label: value })),
      },
    ],
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PUT",
      path: `/admin/accounts/${account_id}/fee-tier`,
      body: { tier: Number(texts.tier), ...withReason(reason) },
    }),
  };
}

const LIMITS = ["open_orders_max", "orders_per_s", "orders_burst"] as const;

type Limits = Pick<OperatedAccount, "account_id" | (typeof LIMITS)[number]>;

export function limitsPlan(account: Limits): ActPlan {
  const fields: ActField[] = LIMITS.map((name) => ({
    name,
    label: say(name),
    kind: "whole",
    max: COUNT_MAX,
    initial: `${account[name]}`,
    hint: (text) => (text.trim() === "0" ? say("noLimit") : undefined),
  }));
  return {
    title: say("limitsOf", { account: account.account_id }),
    words: () => say("limitsWords"),
    confirm: say("setIt"),
    isChange: true,
    fields,
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PUT",
      path: `/admin/accounts/${account.account_id}/limits`,
      body: changeBody({ fields }, texts, reason),
    }),
  };
}

type AssetTerms = Pick<OperatedAccount, "account_id">;

export function assetLimitsPlan({ account_id }: AssetTerms, assets: readonly string[]): ActPlan {
  const fields: ActField[] = [
    {
      name: "asset",
      label: say("asset"),
      kind: "choice",
      initial: assets[0] ?? "",
      options: assets.map((value) => ({ value, label: value })),
    },
    limitField("position_max"),
    limitField("order_notional_max"),
  ];
  return {
    title: say("assetLimitsOf", { account: account_id }),
    words: () => say("assetLimitsWords"),
    confirm: say("setIt"),
    fields,
    judge: ({ position_max, order_notional_max }): Record<string, string> =>
      position_max?.trim() || order_notional_max?.trim()
        ? {}
        : { order_notional_max: say("sayOne") },
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PUT",
      path: `/admin/accounts/${account_id}/asset-limits`,
      body: { ...bodyOf(fields, texts), ...withReason(reason) },
    }),
  };
}

function limitField(name: "position_max" | "order_notional_max"): ActField {
  return {
    name,
    label: say(name),
    kind: "decimal",
    initial: "",
    optional: true,
    hint: (text) => (text.trim() === "0" ? say("noLimit") : undefined),
  };
}
