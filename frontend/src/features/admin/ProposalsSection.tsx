import type { Instruments, ListedAssets, Proposal, Proposals } from "../../api/admin";
import { say } from "../../i18n/admin";
import { useSession } from "../../state/session";
import { DataTable } from "../../ui/DataTable";
import { openAct } from "./acting";
import { useAsked, withQuery } from "./asked";
import { ActButton, Answered, actions, id, State, text, When } from "./cells";
import { ChoiceFilter, PAGE, Pager, useFilters } from "./filters";
import { adjustmentPlan, bustPlan, moveText, proposalPlan } from "./money-acts";
import { usePowers } from "./powers";

const PAGE_ROWS = 50;
const STATES = ["open", "approved", "rejected", "done", "failed"] as const;

/** What one operator asks for and another agrees to. */
export function ProposalsSection() {
  const filters = useFilters();
  const asked = useAsked<Proposals>(
    withQuery("/admin/proposals", {
      state: filters.get("state"),
      limit: PAGE_ROWS,
      before: filters.get(PAGE),
    }),
  );
  const { acts } = usePowers();
  return (
    <>
      <div className="page-tools">
        {acts && <NewProposals />}
        <ChoiceFilter
          filters={filters}
          name="state"
          label={say("state")}
          options={[
            { value: "", label: say("all") },
            ...STATES.map((value) => ({ value, label: say(`proposal_${value}`) })),
          ]}
        />
        <Pager filters={filters} cursor={asked.answer?.cursor} />
      </div>
      <p className="hint admin-words">{say("proposalsWords")}</p>
      <Answered asked={asked}>
        {({ proposals }) => <ProposalsTable proposals={proposals} mayAct={acts} />}
      </Answered>
    </>
  );
}

function NewProposals() {
  const assets = useAsked<ListedAssets>("/admin/assets", 30_000).answer?.assets;
  const instruments = useAsked<Instruments>("/admin/instruments", 30_000).answer?.instruments;
  return (
    <>
      <button
        type="button"
        className="primary"
        disabled={assets === undefined}
        onClick={() => openAct(adjustmentPlan((assets ?? []).map(({ asset }) => asset)))}
      >
        {say("proposeAdjustment")}
      </button>
      <button
        type="button"
        className="quiet"
        disabled={instruments === undefined}
        onClick={() => openAct(bustPlan((instruments ?? []).map(({ symbol }) => symbol)))}
      >
        {say("proposeBust")}
      </button>
    </>
  );
}

interface TableProps {
  proposals: readonly Proposal[];
  mayAct: boolean;
}

function ProposalsTable({ proposals, mayAct }: TableProps) {
  const email = useSession((session) => session.user?.email);
  const columns = [
    id<Proposal>("number", say("number"), ({ proposal_id }) => proposal_id),
    text<Proposal>("kind", say("kind"), (one) => <Asked proposal={one} />),
    text<Proposal>(
      "reason",
      say("reason"),
      ({ reason }) => <span className="admin-wrap">{reason}</span>,
      { from: 3 },
    ),
    text<Proposal>("asker", say("asker"), ({ asker }) => asker, { from: 2 }),
    text<Proposal>("decider", say("decider"), ({ decider }) => decider ?? "–", { from: 4 }),
    text<Proposal>("state", say("state"), ({ state }) => (
      <State isGood={state !== "failed" && state !== "open"}>{say(`proposal_${state}`)}</State>
    )),
    text<Proposal>("time", say("time"), (one) => <When ns={one.created_ts_ns} />, { from: 3 }),
  ];
  const decide = actions<Proposal>((one) => <Decide proposal={one} isOwn={one.asker === email} />);
  return (
    <DataTable
      caption={say("proposals")}
      columns={mayAct ? [...columns, decide] : columns}
      rows={proposals}
      rowKey={({ proposal_id }) => proposal_id}
      empty={say("noProposals")}
      detail={({ detail }) => (detail === "" ? null : <p className="problem">{detail}</p>)}
    />
  );
}

function Asked({ proposal: { kind, subject, moves } }: { proposal: Proposal }) {
  return (
    <span className="admin-wrap">
      {say(kind)}: {subject}
      {moves.map((move) => (
        <span key={moveText(move)} className="bot-line num">
          {moveText(move)}
        </span>
      ))}
    </span>
  );
}

function Decide({ proposal, isOwn }: { proposal: Proposal; isOwn: boolean }) {
  const { state, proposal_id } = proposal;
  if (state !== "open" && state !== "approved") return null;
  if (isOwn) return <span className="hint">{say("waitsForAnother")}</span>;
  const of = `${proposal_id}`;
  return (
    <>
      <ActButton
        label={say(state === "approved" ? "goOn" : "decide_approve")}
        of={of}
        plan={proposalPlan(proposal, "approve")}
      />
      {state === "open" && (
        <ActButton label={say("reject")} of={of} plan={proposalPlan(proposal, "reject")} />
      )}
    </>
  );
}
