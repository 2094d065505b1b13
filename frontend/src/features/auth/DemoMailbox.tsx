import { useEffect, useState } from "react";
import { type DemoMail, getDemoMail } from "../../api/identity";
import { say } from "../../i18n/auth";
import { codeInMail } from "./auth-terms";

interface Props {
  email: string;
  onUse: (code: string) => void;
}

/** What a demo caught for an address; nothing on an exchange that sends its mail. */
export function DemoMailbox({ email, onUse }: Props) {
  const [isDemo, setIsDemo] = useState(false);
  const [newest, setNewest] = useState<DemoMail | null>(null);
  const [looked, setLooked] = useState(false);

  useEffect(() => {
    getDemoMail(email).then(
      () => setIsDemo(true),
      // Refused or unanswered: no demo, or none that helps.
      () => setIsDemo(false),
    );
  }, [email]);

  async function look(): Promise<void> {
    const { mail } = await getDemoMail(email).catch(() => ({ mail: [] }));
    setNewest(mail[0] ?? null);
    setLooked(true);
  }

  if (!isDemo) return null;
  const code = newest === null ? null : codeInMail(newest.text);
  return (
    <div className="demo-mail">
      <button type="button" className="link" onClick={() => void look()}>
        {say("demoMail")}
      </button>
      <p className="hint">{say("demoMailHint")}</p>
      <div role="status">
        {looked && newest === null && <p className="hint">{say("demoMailNone", { email })}</p>}
        {newest !== null && (
          <>
            <p className="demo-subject">{newest.subject}</p>
            <p className="demo-text">{newest.text.trim()}</p>
          </>
        )}
      </div>
      {code !== null && (
        <button type="button" className="quiet" onClick={() => onUse(code)}>
          {say("demoMailUse", { code })}
        </button>
      )}
    </div>
  );
}
