import { say } from "../../i18n/security";
import { formatDay } from "../../lib/format";
import { saveContent } from "../../state/save-file";
import { CopyButton } from "../../ui/CopyButton";

const FILE = "openbell-recovery-codes.txt";

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
        <button
          type="button"
          className="row-button"
          onClick={() => saveContent(FILE, new Blob([text], { type: "text/plain" }))}
        >
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
