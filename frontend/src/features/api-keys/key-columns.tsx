import type { SubAccount } from "../../api/accounts";
import type { ApiKey } from "../../api/api-keys";
import { type ApiKeyWord, say } from "../../i18n/api-keys";
import { formatDateTime, formatDay } from "../../lib/format";
import { msFromNs } from "../../lib/whole-units";
import { accountName } from "../../state/acting-account";
import type { Column } from "../../ui/DataTable";

interface Acts {
  onRevoke: (key: ApiKey) => void;
  onSnippets: (key: ApiKey) => void;
}

export function keyColumns(
  accounts: readonly SubAccount[],
  nowMs: number,
  { onRevoke, onSnippets }: Acts,
): Column<ApiKey>[] {
  return [
    {
      key: "label",
      label: say("label"),
      render: (key) => (
        <>
          <span className="key-label" title={key.label}>
            {key.label}
          </span>
          <span className="narrow">
            {permissionsText(key)} · <Ending apiKey={key} nowMs={nowMs} />
          </span>
        </>
      ),
    },
    {
      key: "key",
      label: say("key"),
      from: 4,
      render: ({ api_key }) => (
        <span className="num key-text" title={api_key}>
          {api_key}
        </span>
      ),
    },
    { key: "permissions", label: say("permissions"), from: 2, render: permissionsText },
    {
      key: "account",
      label: say("account"),
      from: 3,
      render: ({ account_id }) => (
        <span title={String(account_id)}>{accountName(accounts, account_id)}</span>
      ),
    },
    {
      key: "networks",
      label: say("networks"),
      from: 4,
      render: ({ allowed_networks }) => (
        <span className="num key-text" title={allowed_networks.join(", ")}>
          {allowed_networks.length === 0 ? say("anywhere") : allowed_networks.join(", ")}
        </span>
      ),
    },
    {
      key: "expiry",
      label: say("expiry"),
      from: 2,
      render: (key) => <Ending apiKey={key} nowMs={nowMs} />,
    },
    { key: "used", label: say("lastUsed"), from: 3, render: usedText },
    {
      key: "made",
      label: say("made"),
      from: 4,
      render: ({ created_ts_ns }) => (
        <span className="num">{formatDay(msFromNs(created_ts_ns))}</span>
      ),
    },
    {
      key: "actions",
      label: say("actions"),
      unlabelled: true,
      numeric: true,
      render: (key) => (
        <span className="row-actions">
          <button
            type="button"
            className="row-button"
            aria-label={say("snippetsOf", { label: key.label })}
            onClick={() => onSnippets(key)}
          >
            {say("snippets")}
          </button>
          <button
            type="button"
            className="row-button"
            aria-label={say("revokeOf", { label: key.label })}
            onClick={() => onRevoke(key)}
          >
            {say("revoke")}
          </button>
        </span>
      ),
    },
  ];
}

function permissionsText({ permissions }: ApiKey): string {
  const known = (name: string) => name === "read" || name === "trade" || name === "withdraw";
  return permissions.map((name) => (known(name) ? say(name as ApiKeyWord) : name)).join(", ");
}

function usedText({ last_used_ts_ns }: ApiKey) {
  if (last_used_ts_ns === null) return <span className="hint">{say("notYet")}</span>;
  return <span className="num">{formatDateTime(msFromNs(last_used_ts_ns))}</span>;
}

function Ending({ apiKey, nowMs }: { apiKey: ApiKey; nowMs: number }) {
  if (apiKey.expires_ts_ns === null) return say("never");
  const endsMs = msFromNs(apiKey.expires_ts_ns);
  if (endsMs > nowMs) return <span className="num">{formatDay(endsMs)}</span>;
  return <span className="problem">{say("ended", { date: formatDay(endsMs) })}</span>;
}
