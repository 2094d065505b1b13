import type { SelfTradePrevention } from "../../api/types";
import { t } from "../../i18n/translate";
import { Field } from "../../ui/Field";
import { canBeIceberg, type Draft, SELF_TRADE_PREVENTIONS } from "./draft";
import { DisplayField, type FieldProps } from "./fields";

/** What few orders need: folded away, but what is set in it is said on the fold. */
export function MoreOptions({ draft, world, problem, onChange }: FieldProps) {
  const isIceberg = canBeIceberg(draft);
  return (
    <details className="more">
      <summary>
        {t("ticket.advanced")}
        <span className="more-set">{chosen(draft, isIceberg)}</span>
      </summary>
      {isIceberg && <DisplayField {...{ draft, world, problem, onChange }} />}
      <Field label={t("ticket.prevention")}>
        {(attributes) => (
          <select
            {...attributes}
            value={draft.selfTradePrevention}
            onChange={(event) =>
              onChange({ selfTradePrevention: event.target.value as SelfTradePrevention })
            }
          >
            {SELF_TRADE_PREVENTIONS.map((one) => (
              <option key={one} value={one}>
                {t(`prevention.${one}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </details>
  );
}

function chosen(draft: Draft, isIceberg: boolean): string {
  const said: string[] = [];
  if (isIceberg && draft.displayQty !== "") {
    said.push(t("orders.shows", { qty: draft.displayQty }));
  }
  if (draft.selfTradePrevention !== "none") {
    said.push(t(`prevention.${draft.selfTradePrevention}`));
  }
  return said.join(", ");
}
