import { splitDecimal } from "../lib/format";

/** A number as on a sea chart: the decimals smaller and dimmer. Takes plain decimal text. */
export function Price({ text, className = "" }: { text: string; className?: string }) {
  const { whole, decimals } = splitDecimal(text);
  return (
    <span className={`num ${className}`}>
      {whole}
      {decimals !== "" && <span className="dec">{decimals}</span>}
    </span>
  );
}
