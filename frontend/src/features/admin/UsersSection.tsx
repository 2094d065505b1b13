import { Link } from "wouter";
import type { OperatedUser, OperatedUsers } from "../../api/admin";
import { say } from "../../i18n/admin";
import { DataTable } from "../../ui/DataTable";
import { useAsked, withQuery } from "./asked";
import { Answered, id, number, text, UserState, When } from "./cells";
import { ChoiceFilter, PAGE, Pager, SearchFilter, useFilters } from "./filters";
import { adminPath } from "./sections";

const PAGE_ROWS = 50;
const ROLES = ["user", "market_maker", "support", "admin"] as const;
const STATUSES = ["active", "cancel_only", "suspended", "closed"] as const;

/** All logins, found by e-mail, role and status. */
export function UsersSection() {
  const filters = useFilters();
  const asked = useAsked<OperatedUsers>(
    withQuery("/admin/users", {
      email: filters.get("email"),
      role: filters.get("role"),
      status: filters.get("status"),
      limit: PAGE_ROWS,
      after: filters.get(PAGE),
    }),
  );
  const any = { value: "", label: say("any") };
  return (
    <>
      <div className="page-tools">
        <SearchFilter filters={filters} name="email" label={say("searchUsers")} />
        <ChoiceFilter
          filters={filters}
          name="role"
          label={say("role")}
          options={[any, ...ROLES.map((value) => ({ value, label: say(value) }))]}
        />
        <ChoiceFilter
          filters={filters}
          name="status"
          label={say("status")}
          options={[any, ...STATUSES.map((value) => ({ value, label: say(value) }))]}
        />
        <Pager filters={filters} cursor={asked.answer?.cursor} />
      </div>
      <Answered asked={asked}>
        {({ users }) => (
          <DataTable
            caption={say("users")}
            columns={columns()}
            rows={users}
            rowKey={({ user_id }) => user_id}
            empty={say("noUsers")}
          />
        )}
      </Answered>
    </>
  );
}

const columns = () => [
  id<OperatedUser>("user_id", say("number"), ({ user_id }) => user_id, { from: 2 }),
  text<OperatedUser>("email", say("email"), ({ email, user_id }) => (
    <Link className="market-name" to={adminPath("users", user_id)}>
      {email}
    </Link>
  )),
  text<OperatedUser>("role", say("role"), ({ role }) => say(role)),
  text<OperatedUser>("status", say("status"), ({ status }) => <UserState status={status} />),
  text<OperatedUser>("accounts", say("accounts"), ({ account_ids }) => account_ids.join(", "), {
    from: 3,
  }),
  number<OperatedUser>("created", say("created"), (one) => <When ns={one.created_ts_ns} />, {
    from: 3,
  }),
];
