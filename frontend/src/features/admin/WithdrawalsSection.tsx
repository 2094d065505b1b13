import { useState } from "react";
import type { Withdrawal, WithdrawalRule, WithdrawalRules, Withdrawals } from "../../api/admin";
import { say } from "../../i18n/admin";
import { DataTable } from "../../ui/DataTable";
import { useAsked, withQuery } from "./asked";
import { ActButton, Amount, Answered, actions, id, number, Part, State, text, When } from "./cells";
import { ChoiceFilter, PAGE, Pager, useFilters } from "./filters";
import { decisionsOf, withdrawalPlan, withdrawalRulePlan } from "./money-acts";
import { usePowers } from "./powers";

const PAGE_ROWS = 50;
const STATES = ["requested", "held", "approved", "sending", "sent", "posted", "voided", "refused"];

/** What is to leave, and how much may. */
export function WithdrawalsSection() {
  const filters = useFilters();
  const asked = useAsked<Withdrawals>(
    withQuery("/admin/withdrawals", {
      state: filters.get("state"),
      limit: PAGE_ROWS,
      before: filters.get(PAGE),
    }),
  );
  const rules = useAsked<WithdrawalRules>("/admin/withdrawal-rules", 15_000);
  const { acts } = usePowers();
  return (
    <>
      <div className="page-tools">
        <ChoiceFilter
          filters={filters}
          name="state"
          label={say("state")}
          options={[
            { value: "", label: say("open") },
            { value: "all", label: say("all") },
            ...STATES.map((value) => ({ value, label: stateText(value) })),
          ]}
        />
        <Pager filters={filters} cursor={asked.answer?.cursor} />
      </div>
      <Answered asked={asked}>
        {({ withdrawals }) => <WithdrawalsTable withdrawals={withdrawals} mayAct={acts} />}
      </Answered>
      <Part title={say("withdrawalRules")}>
        <Answered asked={rules}>
          {(answer) => <Rules rules={answer.rules} mayAct={acts} />}
        </Answered>
      </Part>
    </>
  );
}

function stateText(state: string): string {
  return say(`withdrawal_is_${state as Withdrawal["state"]}`);
}

interface TableProps {
  withdrawals: readonly Withdrawal[];
  mayAct: boolean;
}

function WithdrawalsTable({ withdrawals, mayAct }: TableProps) {
  const [opened, setOpened] = useState<number | null>(null);
  const columns = [
    text<Withdrawal>("number", say("number"), ({ withdrawal_id: id }) => (
      <button
        type="button"
        className="bot-name"
        aria-expanded={opened === id}
        title={say("stepsOf", { number: id })}
        onClick={() => setOpened(opened === id ? null : id)}
      >
        <span aria-hidden="true">{opened === id ? "▾" : "▸"}</span> {id}
      </button>
    )),
    id<Withdrawal>("account", say("account"), ({ account_id }) => account_id, { from: 2 }),
    number<Withdrawal>("amount", say("amount"), (one) => <Amount text={one.amount} />),
    text<Withdrawal>("asset", say("asset"), ({ asset }) => asset),
    text<Withdrawal>("state", say("state"), ({ state }) => (
      <State isGood={state !== "refused" && state !== "held"}>{stateText(state)}</State>
    )),
    text<Withdrawal>(
      "address",
      say("address"),
      ({ address }) => (
        <span className="admin-long" title={address}>
          {address}
        </span>
      ),
      { from: 3 },
    ),
    text<Withdrawal>("rail", say("rail"), ({ rail }) => rail, { from: 4 }),
    text<Withdrawal>("time", say("time"), (one) => <When ns={one.created_ts_ns} />, { from: 3 }),
  ];
  const decide = actions<Withdrawal>((one) =>
    decisionsOf(one).map((decision) => (
      <ActButton
        key={decision}
        label={say(`decide_${decision}`)}
        of={`${one.withdrawal_id}`}
        plan={withdrawalPlan(one, decision)}
      />
    )),
  );
  return (
    <DataTable
      caption={say("withdrawals")}
      columns={mayAct ? [...columns, decide] : columns}
      rows={withdrawals}
      rowKey={({ withdrawal_id }) => withdrawal_id}
      empty={say("noWithdrawals")}
      detail={(one) => (opened === one.withdrawal_id ? <Steps id={opened} /> : null)}
    />
  );
}

function Steps({ id }: { id: number }) {
  const asked = useAsked<Withdrawal>(`/admin/withdrawals/${id}`);
  return (
    <Answered asked={asked}>
      {({ address, reference, steps = [] }) => (
        <div className="act-detail">
          <p className="admin-wrap">
            {say("address")}: {address}
            {reference !== "" && ` · ${say("reference")}: ${reference}`}
          </p>
          <ol className="act-changes">
            {steps.map((step) => (
              <li key={`${step.state} ${step.ts_ns}`}>
                <When ns={step.ts_ns} /> {stateText(step.state)} · {step.actor}
                {step.note !== "" && ` · ${step.note}`}
              </li>
            ))}
          </ol>
        </div>
      )}
    </Answered>
  );
}

function Rules({ rules, mayAct }: { rules: readonly WithdrawalRule[]; mayAct: boolean }) {
  const columns = [
    text<WithdrawalRule>("asset", say("asset"), ({ asset }) => asset),
    number<WithdrawalRule>("day", say("dayMax"), (rule) => <Amount text={rule.day_max} />),
    number<WithdrawalRule>("approve", say("approveAbove"), (rule) => (
      <Amount text={rule.approve_above} />
    )),
    text<WithdrawalRule>(
      "default",
      say("saidBy"),
      ({ is_default }) => say(is_default ? "byDefault" : "byOperator"),
      { from: 2 },
    ),
  ];
  const change = actions<WithdrawalRule>((rule) => (
    <ActButton label={say("change")} of={rule.asset} plan={withdrawalRulePlan(rule)} />
  ));
  return (
    <DataTable
      caption={say("withdrawalRules")}
      columns={mayAct ? [...columns, change] : columns}
      rows={rules}
      rowKey={({ asset }) => asset}
      empty={say("noAssets")}
    />
  );
}
