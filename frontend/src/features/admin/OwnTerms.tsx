import { Link } from "wouter";
import type { AccountsWithTerms, AccountTerms } from "../../api/admin";
import { say } from "../../i18n/admin";
import { DataTable } from "../../ui/DataTable";
import { useAsked, withQuery } from "./asked";
import { assetLimits, limitText } from "./asset-limits";
import { ActButton, Answered, actions, id, number, text, UserState } from "./cells";
import { PAGE, Pager, useFilters } from "./filters";
import { usePowers } from "./powers";
import { adminPath } from "./sections";
import { feeTierPlan, limitsPlan } from "./user-acts";

const PAGE_ROWS = 50;

/** The accounts that do not simply pay each market's fees and trade without limits. */
export function OwnTerms() {
  const filters = useFilters();
  const { acts } = usePowers();
  const asked = useAsked<AccountsWithTerms>(
    withQuery("/admin/accounts", { limit: PAGE_ROWS, after: filters.get(PAGE) }),
  );
  return (
    <Answered asked={asked}>
      {({ accounts, cursor }) => (
        <>
          <DataTable
            caption={say("ownTerms")}
            columns={columns(acts)}
            rows={accounts}
            rowKey={({ account_id }) => account_id}
            empty={say("noOwnTerms")}
            detail={assetLimits}
          />
          <Pager filters={filters} cursor={cursor} />
        </>
      )}
    </Answered>
  );
}

function columns(mayAct: boolean) {
  const all = [
    id<AccountTerms>("account", say("account"), ({ account_id }) => account_id),
    text<AccountTerms>("email", say("email"), ({ email, user_id }) =>
      email === null || user_id === null ? (
        say("noLogin")
      ) : (
        <Link className="market-name" to={adminPath("users", user_id)}>
          {email}
        </Link>
      ),
    ),
    text<AccountTerms>("status", say("status"), ({ status }) => <UserState status={status} />, {
      from: 2,
    }),
    number<AccountTerms>("tier", say("feeTier"), ({ fee_tier }) => fee_tier),
    number<AccountTerms>("open", say("open_orders_max"), (one) => limitText(one.open_orders_max), {
      from: 3,
    }),
    number<AccountTerms>("rate", say("orders_per_s"), (one) => limitText(one.orders_per_s), {
      from: 3,
    }),
    number<AccountTerms>("burst", say("orders_burst"), (one) => limitText(one.orders_burst), {
      from: 4,
    }),
  ];
  if (!mayAct) return all;
  const change = actions<AccountTerms>((account) => (
    <>
      <ActButton label={say("feeTier")} of={`${account.account_id}`} plan={feeTierPlan(account)} />
      <ActButton label={say("limits")} of={`${account.account_id}`} plan={limitsPlan(account)} />
    </>
  ));
  return [...all, change];
}
