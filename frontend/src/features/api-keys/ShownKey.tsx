import type { ApiKeyWithSecret } from "../../api/api-keys";
import { say } from "../../i18n/api-keys";
import { CopyButton } from "../../ui/CopyButton";
import { Dialog } from "../../ui/Dialog";
import { Snippets } from "./Snippets";

interface Props {
  made: ApiKeyWithSecret;
  onClose: () => void;
}

/** A key just made, with its secret this once, and programs that have both. */
export function ShownKey({ made, onClose }: Props) {
  const isPair = made.api_secret === "";
  return (
    <Dialog
      title={say("madeTitle", { label: made.label })}
      closeLabel={say("close")}
      onClose={onClose}
    >
      <div className="key-shown">
        <p>{say(isPair ? "pairOnce" : "secretOnce")}</p>
        <Shown name={say("key")} text={made.api_key} />
        {!isPair && <Shown name={say("secret")} text={made.api_secret} />}
        <Snippets apiKey={made.api_key} secret={isPair ? null : made.api_secret} isPair={isPair} />
        <button type="button" className="primary" onClick={onClose}>
          {say(isPair ? "donePair" : "done")}
        </button>
      </div>
    </Dialog>
  );
}

function Shown({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <div className="field-head">
        <span>{name}</span>
        <CopyButton text={text} label={say("copy")} copiedLabel={say("copied")} name={name} />
      </div>
      <p className="secret num">{text}</p>
    </div>
  );
}
