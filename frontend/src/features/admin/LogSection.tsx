import type { Acts } from "../../api/admin";
import { say } from "../../i18n/admin";
import { ActsTable } from "./ActsTable";
import { useAsked, withQuery } from "./asked";
import { Answered } from "./cells";
import { ChoiceFilter, nsOf, PAGE, Pager, SearchFilter, TimeFilter, useFilters } from "./filters";

const PAGE_ROWS = 50;
const OUTCOMES = ["done", "refused", "unknown"] as const;
const ACTIONS = [
  "create_asset",
  "create_instrument",
  "update_instrument",
  "set_rules",
  "set_status",
  "schedule_status",
  "clear_schedule",
  "set_calendar",
  "set_fees",
  "set_venue_status",
  "set_fee_tier",
  "set_account_status",
  "set_account_limits",
  "set_asset_limits",
  "set_user_status",
  "set_role",
  "decide_withdrawal",
  "set_withdrawal_rule",
  "propose_administrator",
  "propose_adjustment",
  "propose_bust",
  "decide_proposal",
] as const;

/** Everything operators did; it takes new lines only. */
export function LogSection() {
  const filters = useFilters();
  const asked = useAsked<Acts>(
    withQuery("/admin/acts", {
      subject: filters.get("subject"),
      actor: filters.get("actor"),
      action: filters.get("action"),
      outcome: filters.get("outcome"),
      from_ns: nsOf(filters.get("from")),
      until_ns: nsOf(filters.get("until")),
      limit: PAGE_ROWS,
      before: filters.get(PAGE),
    }),
  );
  const any = { value: "", label: say("any") };
  return (
    <>
      <div className="page-tools">
        <SearchFilter filters={filters} name="subject" label={say("subjectFilter")} />
        <SearchFilter filters={filters} name="actor" label={say("actorFilter")} />
        <ChoiceFilter
          filters={filters}
          name="action"
          label={say("action")}
          options={[any, ...ACTIONS.map((value) => ({ value, label: value.replaceAll("_", " ") }))]}
        />
        <ChoiceFilter
          filters={filters}
          name="outcome"
          label={say("outcome")}
          options={[any, ...OUTCOMES.map((value) => ({ value, label: say(value) }))]}
        />
        <TimeFilter filters={filters} name="from" label={say("from")} />
        <TimeFilter filters={filters} name="until" label={say("until")} />
        <Pager filters={filters} cursor={asked.answer?.cursor} />
      </div>
      <Answered asked={asked}>{({ acts }) => <ActsTable acts={acts} />}</Answered>
    </>
  );
}
