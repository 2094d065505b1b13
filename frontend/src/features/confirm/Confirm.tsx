import { useEffect, useRef, useState } from "react";
import { say } from "../../i18n/confirm";
import type { Asked } from "../../state/confirm";
import { setPreferences, usePreferences } from "../../state/preferences";
import { Dialog } from "../../ui/Dialog";
import { refuseHeldKey } from "../../ui/shortcuts";

/** One question. Enter says yes, Escape no; it can be asked for the last time. */
export default function Confirm({ asked }: { asked: Asked }) {
  const [isLast, setIsLast] = useState(false);
  const confirm = usePreferences((preferences) => preferences.confirm);
  const yes = useRef<HTMLButtonElement>(null);
  useEffect(() => yes.current?.focus(), []);
  function agree(): void {
    if (isLast) setPreferences({ confirm: { ...confirm, [asked.question]: false } });
    asked.answer(true);
  }
  return (
    <Dialog title={say(asked.question)} closeLabel={say("no")} onClose={() => asked.answer(false)}>
      <p>{asked.text}</p>
      <label className="check">
        <input
          type="checkbox"
          checked={isLast}
          onChange={(event) => setIsLast(event.target.checked)}
        />
        {say("last")}
      </label>
      <div className="dialog-buttons">
        <button
          type="button"
          className="primary"
          ref={yes}
          onKeyDown={refuseHeldKey}
          onClick={agree}
        >
          {say("yes")}
        </button>
        <button type="button" className="quiet" onClick={() => asked.answer(false)}>
          {say("no")}
        </button>
      </div>
    </Dialog>
  );
}
