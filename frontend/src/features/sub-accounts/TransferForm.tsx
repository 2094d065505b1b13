import { type FormEvent, useCallback, useState } from "react";
import { getBalancesOf, type SubAccount, sendTransfer } from "../../api/accounts";
import { mayHaveHappened } from "../../api/http";
import type { Balance } from "../../api/types";
import { say } from "../../i18n/sub-accounts";
import { fixedFromServer, trimFixed } from "../../lib/fixed-point";
import { groupDigits } from "../../lib/format";
import { accountName, useActingAccount } from "../../state/acting-account";
import { useLoaded } from "../../state/loaded";
import { assetScale } from "../../state/market";
import { showToast } from "../../state/toasts";
import { DecimalInput } from "../../ui/DecimalInput";
import { Field } from "../../ui/Field";
import { LoadFailure } from "../../ui/LoadFailure";
import { useSending } from "../../ui/sending";
import { LatestTransfers } from "./LatestTransfers";
import { refusalText } from "./refusals";
import { aboutAccount, judgeTransfer, newTransferKey, type TransferDraft } from "./transfer-draft";

interface Props {
  accounts: readonly SubAccount[];
}

/** Money from one of the login's accounts to another. */
export function TransferForm({ accounts }: Props) {
  const acting = useActingAccount((state) => state.accountId);
  const [first, second] = accounts;
  const from = accounts.find(({ account_id }) => account_id === acting) ?? first;
  if (from === undefined || second === undefined) return <p className="hint">{say("needsTwo")}</p>;
  const to = from === first ? second : first!;
  return <Form accounts={accounts} from={from.account_id} to={to.account_id} />;
}

function Form({ accounts, from, to }: Props & { from: number; to: number }) {
  const [draft, setDraft] = useState<TransferDraft>({ from, to, asset: "", amount: "" });
  const [key, setKey] = useState(newTransferKey);
  const [tried, setTried] = useState(false);
  const [unsure, setUnsure] = useState(false);
  const [sentCount, setSentCount] = useState(0);
  const sending = useSending(refusalText);
  const load = useCallback(
    async () => ({ accountId: draft.from, ...(await getBalancesOf(draft.from)) }),
    [draft.from],
  );
  const balances = useLoaded(load);
  const owned = aboutAccount(balances.value, draft.from);
  const held = (owned?.balances ?? []).filter(({ available }) => /[1-9]/.test(available));
  const chosen = held.find(({ asset }) => asset === draft.asset) ?? held[0];
  const asset = chosen?.asset ?? "";
  const scale = assetScale(asset);
  const available = chosen === undefined ? null : fixedFromServer(chosen.available, scale);
  const verdict = judgeTransfer({ ...draft, asset }, available, scale);

  /** Other terms are another transfer. */
  function change(part: Partial<TransferDraft>): void {
    setDraft({ ...draft, ...part });
    setKey(newTransferKey());
    setTried(false);
    setUnsure(false);
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    const { amount } = verdict;
    if (amount === null) return;
    const done = await sending.send(async () => {
      try {
        await sendTransfer(draft.from, { to_account_id: draft.to, asset, amount }, key);
      } catch (error) {
        setUnsure(mayHaveHappened(error));
        // A refusal is remembered with its key: only another one is judged anew.
        if (!mayHaveHappened(error)) setKey(newTransferKey());
        throw error;
      }
    });
    if (!done) return;
    const name = accountName(accounts, draft.to);
    const text = groupDigits(trimFixed(fixedFromServer(amount, scale), scale));
    showToast("plain", say("sent", { amount: text, asset, name }));
    change({ amount: "" });
    setSentCount(sentCount + 1);
    await balances.reload();
  }

  return (
    <div className="transfer">
      <form className="narrow-form" aria-label={say("transfer")} onSubmit={submit} noValidate>
        <AccountField
          label={say("from")}
          accounts={accounts}
          chosen={draft.from}
          onChoose={(account) => change({ from: account, amount: "" })}
        />
        <AccountField
          label={say("to")}
          accounts={accounts}
          chosen={draft.to}
          onChoose={(account) => change({ to: account })}
        />
        <LoadFailure refusal={balances.refusal} retry={say("retry")} onRetry={balances.reload} />
        {chosen === undefined ? (
          <p className="hint">
            {owned === null
              ? say("loading")
              : say("noMoney", { name: accountName(accounts, draft.from) })}
          </p>
        ) : (
          <>
            <AssetField held={held} chosen={asset} onChoose={(name) => change({ asset: name })} />
            <Field
              label={say("amount")}
              problem={tried ? (verdict.problem ?? undefined) : undefined}
              aside={
                <button
                  type="button"
                  className="link"
                  onClick={() => change({ amount: trimFixed(available ?? 0n, scale) })}
                >
                  {say("available", {
                    amount: groupDigits(trimFixed(available ?? 0n, scale)),
                    asset,
                  })}
                </button>
              }
            >
              {(attributes) => (
                <DecimalInput
                  attributes={attributes}
                  name="transfer-amount"
                  unit={asset}
                  value={draft.amount}
                  scale={scale}
                  step={10n ** BigInt(scale)}
                  onChange={(amount) => change({ amount })}
                />
              )}
            </Field>
            <p className="refusal" role="alert">
              {unsure ? say("unsure") : sending.refusal}
            </p>
            <button type="submit" className="primary" disabled={sending.working}>
              {say(sending.working ? "working" : unsure ? "again" : "send")}
            </button>
          </>
        )}
      </form>
      <LatestTransfers accounts={accounts} accountId={draft.from} sentCount={sentCount} />
    </div>
  );
}

interface AccountFieldProps extends Props {
  label: string;
  chosen: number;
  onChoose: (accountId: number) => void;
}

function AccountField({ label, accounts, chosen, onChoose }: AccountFieldProps) {
  return (
    <Field label={label}>
      {(attributes) => (
        <select
          {...attributes}
          value={chosen}
          onChange={(event) => onChoose(Number(event.target.value))}
        >
          {accounts.map(({ account_id, name }) => (
            <option key={account_id} value={account_id}>
              {name} ({account_id})
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface AssetFieldProps {
  held: readonly Balance[];
  chosen: string;
  onChoose: (asset: string) => void;
}

function AssetField({ held, chosen, onChoose }: AssetFieldProps) {
  return (
    <Field label={say("asset")}>
      {(attributes) => (
        <select {...attributes} value={chosen} onChange={(event) => onChoose(event.target.value)}>
          {held.map(({ asset }) => (
            <option key={asset}>{asset}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
