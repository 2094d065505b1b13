import { useState } from "react";
import { type ApiKey, type ApiKeyWithSecret, getApiKeys, revokeApiKey } from "../../api/api-keys";
import { say } from "../../i18n/api-keys";
import { useActingAccount } from "../../state/acting-account";
import { useLoaded } from "../../state/loaded";
import { showToast } from "../../state/toasts";
import { DataTable } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { LoadFailure } from "../../ui/LoadFailure";
import { useSending } from "../../ui/sending";
import { keyColumns } from "./key-columns";
import { NewKeyDialog } from "./NewKeyDialog";
import { refusalText } from "./refusals";
import { ShownKey } from "./ShownKey";
import { Snippets } from "./Snippets";

type Open =
  | { name: "new" }
  | { name: "made"; made: ApiKeyWithSecret }
  | { name: "revoke" | "snippets"; key: ApiKey }
  | null;

/** The keys of the login: made, looked at, revoked. */
export function ApiKeys() {
  const { value, refusal, reload } = useLoaded(getApiKeys);
  const accounts = useActingAccount((state) => state.accounts);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const columns = keyColumns(accounts, Date.now(), {
    onRevoke: (key) => setOpen({ name: "revoke", key }),
    onSnippets: (key) => setOpen({ name: "snippets", key }),
  });
  return (
    <div className="sections-body">
      <div className="page-tools">
        <button type="button" className="primary" onClick={() => setOpen({ name: "new" })}>
          {say("new")}
        </button>
        <p className="hint">{say("why")}</p>
      </div>
      <LoadFailure refusal={refusal} retry={say("retry")} onRetry={reload} />
      {value === null && refusal === null && <p className="empty">{say("loading")}</p>}
      {value !== null && (
        <DataTable
          caption={say("caption")}
          columns={columns}
          rows={value.api_keys}
          rowKey={({ api_key }) => api_key}
          empty={say("none")}
        />
      )}
      {open?.name === "new" && (
        <NewKeyDialog
          onClose={close}
          onMade={(made) => {
            setOpen({ name: "made", made });
            void reload();
          }}
        />
      )}
      {open?.name === "made" && <ShownKey made={open.made} onClose={close} />}
      {open?.name === "revoke" && (
        <Revocation
          apiKey={open.key}
          onClose={close}
          onRevoked={() => {
            close();
            void reload();
          }}
        />
      )}
      {open?.name === "snippets" && (
        <Dialog
          title={say("snippetsOf", { label: open.key.label })}
          closeLabel={say("close")}
          onClose={close}
        >
          <div className="key-shown">
            <p>{say("snippetsNoSecret")}</p>
            <Snippets apiKey={open.key.api_key} secret={null} isPair={false} />
          </div>
        </Dialog>
      )}
    </div>
  );
}

interface RevocationProps {
  apiKey: ApiKey;
  onClose: () => void;
  onRevoked: () => void;
}

function Revocation({ apiKey, onClose, onRevoked }: RevocationProps) {
  const { label, api_key } = apiKey;
  const sending = useSending(refusalText);
  return (
    <Dialog title={say("revokeOf", { label })} closeLabel={say("close")} onClose={onClose}>
      <p className="num">{api_key}</p>
      <p>{say("revokeWarns")}</p>
      <p className="refusal" role="alert">
        {sending.refusal}
      </p>
      <div className="section-buttons">
        <button
          type="button"
          className="primary"
          disabled={sending.working}
          onClick={async () => {
            if (!(await sending.send(() => revokeApiKey(api_key)))) return;
            showToast("plain", say("revoked", { label }));
            onRevoked();
          }}
        >
          {say("revoke")}
        </button>
        <button type="button" className="quiet" onClick={onClose}>
          {say("keep")}
        </button>
      </div>
    </Dialog>
  );
}
