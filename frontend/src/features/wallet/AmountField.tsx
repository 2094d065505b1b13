import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { pow10, trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";
import { assetScale } from "../../state/market";
import { DecimalInput } from "../../ui/DecimalInput";
import { Field } from "../../ui/Field";

interface Props {
  asset: string;
  value: string;
  /** The most that makes sense, units of the asset's scale; null while unknown. */
  max: bigint | null;
  problem: string | undefined;
  onChange: (text: string) => void;
}

/** How much of an asset, with what there is of it. */
export function AmountField({ asset, value, max, problem, onChange }: Props) {
  const scale = assetScale(asset);
  return (
    <Field
      label={say("amount")}
      problem={problem}
      hint={
        max === null
          ? undefined
          : `${t("column.available")} ${groupDigits(trimFixed(max, scale))} ${asset}`
      }
      aside={
        <button
          type="button"
          className="link"
          disabled={max === null || max === 0n}
          onClick={() => max !== null && onChange(trimFixed(max, scale))}
        >
          {say("all")}
        </button>
      }
    >
      {(attributes) => (
        <DecimalInput
          attributes={attributes}
          name="amount"
          unit={asset}
          value={value}
          scale={scale}
          step={pow10(Math.max(0, scale - 2))}
          onChange={onChange}
        />
      )}
    </Field>
  );
}
