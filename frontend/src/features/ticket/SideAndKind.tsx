import { t } from "../../i18n/translate";
import type { TicketKind } from "../../state/ticket-intent";
import { Segmented } from "../../ui/Segmented";
import { CONDITIONAL_KINDS, type ConditionalKind, type Draft, isConditional } from "./draft";

interface Props {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}

/** The side, the three kinds most orders are, and behind the third the rest. */
export function SideAndKind({ draft, onChange }: Props) {
  const group = isConditional(draft.kind) ? "conditional" : draft.kind;
  return (
    <>
      <Segmented
        label={t("ticket.side")}
        className="sides"
        options={[
          { value: "buy", label: t("side.buy") },
          { value: "sell", label: t("side.sell") },
        ]}
        value={draft.side}
        onChange={(side) => onChange({ side, amount: draft.byBudget ? "" : draft.amount })}
      />
      <div className="kinds">
        <Segmented<TicketKind>
          label={t("ticket.type")}
          className="flat"
          options={[
            { value: "limit", label: t("type.limit") },
            { value: "market", label: t("type.market") },
            { value: "conditional", label: t("type.conditional") },
          ]}
          value={group}
          onChange={(chosen) => onChange(kindChange(draft, chosen))}
        />
        {group === "conditional" && (
          <select
            className="compact-select chosen"
            aria-label={t("ticket.kindMore")}
            value={draft.kind}
            onChange={(event) => onChange({ kind: event.target.value as ConditionalKind })}
          >
            {CONDITIONAL_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`type.${kind}`)}
              </option>
            ))}
          </select>
        )}
      </div>
    </>
  );
}

export function kindChange(draft: Draft, chosen: TicketKind): Partial<Draft> {
  const kind = chosen === "conditional" ? draft.conditional : chosen;
  return { kind, amount: draft.byBudget && kind !== "market" ? "" : draft.amount };
}
