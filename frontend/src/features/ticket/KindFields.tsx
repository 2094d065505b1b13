import { t } from "../../i18n/translate";
import {
  type Draft,
  hasPrice,
  hasStopLimit,
  hasTrigger,
  STOP_LEGS,
  type StopLeg,
  trails,
} from "./draft";
import { PriceField, TrailingField, TriggerField } from "./fields";
import type { FieldName } from "./read-terms";
import type { World } from "./world";

interface Props {
  draft: Draft;
  world: World;
  problemOf: (field: FieldName) => string | undefined;
  onChange: (part: Partial<Draft>) => void;
}

/** The prices that the kind of order asks for: its trigger first, as it comes first. */
export function KindFields({ draft, world, problemOf, onChange }: Props) {
  const common = { draft, world, onChange };
  if (draft.kind === "oco") return <PairFields {...{ draft, world, problemOf, onChange }} />;
  return (
    <>
      {hasTrigger(draft) && (
        <TriggerField {...common} label={t("ticket.trigger")} problem={problemOf("trigger")} />
      )}
      {trails(draft) && <TrailingField {...common} problem={problemOf("trailing")} />}
      {hasPrice(draft) && (
        <PriceField
          {...common}
          label={t(draft.kind === "limit" ? "ticket.price" : "ticket.limitPrice")}
          name="price"
          of="price"
          offers={["bid", "ask"]}
          problem={problemOf("price")}
        />
      )}
    </>
  );
}

function PairFields({ draft, world, problemOf, onChange }: Props) {
  const common = { draft, world, onChange };
  return (
    <>
      <PriceField
        {...common}
        label={t("ticket.profitPrice")}
        name="price"
        of="price"
        offers={["bid", "ask"]}
        problem={problemOf("price")}
      />
      <div className="leg">
        <select
          className="compact-select"
          aria-label={t("ticket.stopLeg")}
          value={draft.stopLeg}
          onChange={(event) => onChange({ stopLeg: event.target.value as StopLeg })}
        >
          {STOP_LEGS.map((leg) => (
            <option key={leg} value={leg}>
              {t(`type.${leg}`)}
            </option>
          ))}
        </select>
        {hasTrigger(draft) && (
          <TriggerField
            {...common}
            label={t("ticket.stopTrigger")}
            problem={problemOf("trigger")}
          />
        )}
        {trails(draft) && <TrailingField {...common} problem={problemOf("trailing")} />}
        {hasStopLimit(draft) && (
          <PriceField
            {...common}
            label={t("ticket.stopLimit")}
            name="stop-limit"
            of="stopLimitPrice"
            offers={[]}
            problem={problemOf("stopLimit")}
          />
        )}
      </div>
    </>
  );
}
