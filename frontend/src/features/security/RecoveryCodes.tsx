import { say } from "../../i18n/security";
import { formatDay } from "../../lib/format";
import { CopyButton } from "../../ui/CopyButton";

interface Props {
  email: string;
  codes: readonly string[];
  onKept: () => void;
}

/** The codes for the day the app is gone, this once: to copy, to keep as a file, on paper. */
export function RecoveryCodes({ email, codes, onKept }: Props) {
  const heading = say("recoveryFor", { email, date: formatDay(Date.now()) });
  const text = `${heading}\n\n${codes.join("\n")}\n`;
  return (
    <div className="recovery">
      <p className="print-only">{heading}</p>
      <p>{say("recoveryHow")}</p>
      <ul className="recovery-codes num" aria-label={say("recovery")}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="section-buttons">
        <CopyButton
          text={text}
          label={say("copy")}
          copiedLabel={say("copied")}
          name={say("recovery")}
        />
        <button type="button" className="row-button" onClick={() => download(text)}>
          {say("download")}
        </button>
        <button type="button" className="row-button" onClick={() => window.print()}>
          {say("print")}
        </button>
      </div>
      <button type="button" className="primary" onClick={onKept}>
        {say("kept")}
      </button>
    </div>
  );
}

function download(text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = "openbell-recovery-codes.txt";
  link.click();
  URL.revokeObjectURL(link.href);
}
