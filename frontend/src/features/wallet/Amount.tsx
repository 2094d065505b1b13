import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { assetScale } from "../../state/market";
import { Price } from "../../ui/Price";

const DECIMALS_MIN = 2;

interface Props {
  /** Decimal text, as the exchange tells it. */
  text: string;
  asset: string;
  /** With its sign, also a plus. */
  signed?: boolean;
}

/** An exact amount of an asset, without the zeros at its end. */
export function Amount({ text, asset, signed = false }: Props) {
  const scale = assetScale(asset);
  const units = fixedFromServer(text, scale);
  const size = trimFixed(units < 0n ? -units : units, scale, Math.min(DECIMALS_MIN, scale));
  const sign = units < 0n ? "−" : signed && units > 0n ? "+" : "";
  return (
    <>
      {sign !== "" && <span className="num">{sign}</span>}
      <Price text={size} />
    </>
  );
}
