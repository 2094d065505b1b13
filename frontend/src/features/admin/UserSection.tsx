import { Link } from "wouter";
import type {
  Acts,
  AssetBalance,
  OperatedAccount,
  OperatedOrder,
  UserDetail,
} from "../../api/admin";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { DataTable } from "../../ui/DataTable";
import { ActsTable } from "./ActsTable";
import { useAsked, withQuery } from "./asked";
import { assetLimits, limitText } from "./asset-limits";
import {
  ActButton,
  Amount,
  Answered,
  actions,
  Figure,
  Figures,
  id,
  number,
  Part,
  text,
  UserState,
  When,
} from "./cells";
import { usePowers } from "./powers";
import { adminPath } from "./sections";
import {
  accountStatusPlan,
  assetLimitsPlan,
  feeTierPlan,
  limitsPlan,
  nextStatuses,
  rolePlan,
  statusWord,
  userStatusPlan,
} from "./user-acts";

/** One login: what it is, what it owns and has in the books, and what can be done with it. */
export function UserSection({ name }: { name: string }) {
  const asked = useAsked<UserDetail>(`/admin/users/${encodeURIComponent(name)}`);
  return (
    <>
      <p className="admin-back">
        <Link to={adminPath("users")}>← {say("allUsers")}</Link>
      </p>
      <Answered asked={asked}>{(detail) => <User detail={detail} />}</Answered>
    </>
  );
}

function User({ detail }: { detail: UserDetail }) {
  const { user, accounts, open_orders } = detail;
  const powers = usePowers();
  const maySee = powers.acts || user.role === "user" || user.role === "market_maker";
  const next = maySee ? nextStatuses(user.status, powers.acts) : [];
  const subject = { subject: `user:${user.user_id}`, limit: 20 };
  const acts = useAsked<Acts>(withQuery("/admin/acts", subject), 15_000);
  return (
    <>
      <div className="admin-title">
        <h3>{user.email}</h3>
        <UserState status={user.status} />
        <span className="row-actions">
          {next.map((status) => (
            <ActButton
              key={status}
              label={statusWord(status)}
              plan={userStatusPlan(user, status)}
            />
          ))}
          {powers.acts && <ActButton label={say("changeRole")} plan={rolePlan(user)} />}
        </span>
      </div>
      <Figures>
        <Figure name={say("number")}>{user.user_id}</Figure>
        <Figure name={say("role")}>{say(user.role)}</Figure>
        <Figure name={say("created")}>
          <When ns={user.created_ts_ns} />
        </Figure>
        <Figure name={say("accounts")}>{accounts.length}</Figure>
        <Figure name={say("openOrders")}>{open_orders.length}</Figure>
      </Figures>
      <Part title={say("accounts")}>
        <DataTable
          caption={say("accounts")}
          columns={accountColumns(powers.acts)}
          rows={accounts}
          rowKey={({ account_id }) => account_id}
          empty={say("noAccounts")}
          detail={assetLimits}
        />
      </Part>
      <div className="admin-halves">
        <Part title={say("balances")}>
          <Balances accounts={accounts} />
        </Part>
        <Part title={say("openOrders")}>
          <DataTable
            caption={say("openOrders")}
            columns={orderColumns()}
            rows={open_orders}
            rowKey={({ order_id }) => order_id}
            empty={say("noOpenOrders")}
          />
        </Part>
      </div>
      <Part title={say("actsOnUser")}>
        <Answered asked={acts}>{({ acts: rows }) => <ActsTable acts={rows} />}</Answered>
      </Part>
    </>
  );
}

function accountColumns(mayAct: boolean) {
  const columns = [
    id<OperatedAccount>("account", say("account"), ({ account_id }) => account_id),
    text<OperatedAccount>("status", say("status"), ({ status }) => <UserState status={status} />),
    number<OperatedAccount>("tier", say("feeTier"), ({ fee_tier }) => fee_tier, { from: 2 }),
    number<OperatedAccount>(
      "open",
      say("open_orders_max"),
      (one) => limitText(one.open_orders_max),
      {
        from: 3,
      },
    ),
    number<OperatedAccount>("rate", say("orders_per_s"), (one) => limitText(one.orders_per_s), {
      from: 3,
    }),
    number<OperatedAccount>("burst", say("orders_burst"), (one) => limitText(one.orders_burst), {
      from: 4,
    }),
  ];
  if (!mayAct) return columns;
  return [...columns, actions<OperatedAccount>((account) => <AccountActs account={account} />)];
}

function AccountActs({ account }: { account: OperatedAccount }) {
  const of = `${account.account_id}`;
  const assets = account.balances.map(({ asset }) => asset);
  return (
    <>
      <ActButton label={say("status")} of={of} plan={accountStatusPlan(account)} />
      <ActButton label={say("feeTier")} of={of} plan={feeTierPlan(account)} />
      <ActButton label={say("limits")} of={of} plan={limitsPlan(account)} />
      {assets.length > 0 && (
        <ActButton label={say("assetLimits")} of={of} plan={assetLimitsPlan(account, assets)} />
      )}
    </>
  );
}

interface Balance extends AssetBalance {
  account_id: number;
}

function Balances({ accounts }: { accounts: readonly OperatedAccount[] }) {
  const rows = accounts.flatMap(({ account_id, balances }) =>
    balances.map((balance) => ({ account_id, ...balance })),
  );
  return (
    <DataTable
      caption={say("balances")}
      columns={[
        id<Balance>("account", say("account"), ({ account_id }) => account_id, { from: 2 }),
        text<Balance>("asset", say("asset"), ({ asset }) => asset),
        number<Balance>("available", t("column.available"), (one) => (
          <Amount text={one.available} />
        )),
        number<Balance>("held", t("column.held"), (one) => <Amount text={one.held} />),
      ]}
      rows={rows}
      rowKey={({ account_id, asset }) => `${account_id} ${asset}`}
      empty={say("noBalances")}
    />
  );
}

const orderColumns = () => [
  text<OperatedOrder>("symbol", t("column.symbol"), ({ symbol }) => symbol),
  text<OperatedOrder>("side", t("column.side"), ({ side }) => (
    <span className={side === "buy" ? "bid" : "ask"}>
      {side === "buy" ? "▲" : "▼"} {t(side === "buy" ? "side.buy" : "side.sell")}
    </span>
  )),
  text<OperatedOrder>("type", t("column.type"), ({ type }) => type.replaceAll("_", " "), {
    from: 3,
  }),
  number<OperatedOrder>("price", t("column.price"), ({ price }) => <Amount text={price} />),
  number<OperatedOrder>("leaves", say("leaves"), (one) => <Amount text={one.leaves_qty} />),
  number<OperatedOrder>("qty", t("column.qty"), ({ qty }) => <Amount text={qty} />, { from: 2 }),
  number<OperatedOrder>("time", t("column.time"), (one) => <When ns={one.created_ts_ns} />, {
    from: 4,
  }),
];
