import { type FormEvent, useState } from "react";
import { useSearchParams } from "wouter";
import { mayHaveHappened } from "../../api/http";
import { type WalletTerms, type WithdrawalAddress, withdraw } from "../../api/wallet";
import { say } from "../../i18n/wallet";
import { formatFixed } from "../../lib/fixed-point";
import { newKey } from "../../lib/keys";
import { availableOf, useBalances } from "../../state/balances";
import { assetScale } from "../../state/market";
import { withSecondFactor } from "../../state/second-factor";
import { showToast } from "../../state/toasts";
import { Field } from "../../ui/Field";
import { AddressBook } from "./AddressBook";
import { AmountField } from "./AmountField";
import { amountText, refusalText } from "./spoken";
import { isLookedAt, readAmount } from "./withdrawal-rules";

interface Props {
  terms: WalletTerms;
  addresses: readonly WithdrawalAddress[];
  /** False: nothing may go out yet. */
  mayLeave: boolean;
  onAddresses: () => void;
  onDone: () => void;
}

/** What is to leave, where to, and what holds for it. */
export function WithdrawalForm({ terms, addresses, mayLeave, onAddresses, onDone }: Props) {
  const [params] = useSearchParams();
  const byAsset = useBalances((balances) => balances.byAsset);
  const [asset, setAsset] = useState(() => {
    const named = terms.assets.find((one) => one.asset === params.get("asset"));
    return (named ?? terms.assets[0])?.asset ?? "";
  });
  const [address, setAddress] = useState("");
  const [amount, setAmount] = useState("");
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  // The same wish has the same key until there is an answer, so that it is done once.
  const [key, setKey] = useState(newKey);
  const scale = assetScale(asset);
  const own = terms.assets.find((one) => one.asset === asset);
  const available = availableOf(byAsset, asset);
  const read = readAmount(amount, { asset, scale, available }, own);
  const known = addresses.filter((one) => one.asset === asset);
  const chosen = known.some((one) => one.address === address) ? address : "";

  function changed(change: () => void): void {
    change();
    setRefusal(null);
    setKey(newKey());
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (typeof read !== "bigint" || chosen === "" || sending) return;
    setSending(true);
    setRefusal(null);
    const body = { asset, amount: formatFixed(read, scale), address: chosen };
    try {
      const asked = await withSecondFactor((proof) => withdraw(body, key, proof));
      const state = say(`state_${asked.state}`);
      showToast("plain", say("asked", { amount: amountText(asked.amount, asset), asset, state }));
      changed(() => setAmount(""));
      setTried(false);
      onDone();
    } catch (error) {
      setRefusal(refusalText(error));
      if (!mayHaveHappened(error)) setKey(newKey());
    }
    setSending(false);
  }

  return (
    <div className="wallet-pair">
      <form className="wallet-form" aria-label={say("withdraw")} onSubmit={submit} noValidate>
        <Field label={say("asset")}>
          {(attributes) => (
            <select
              {...attributes}
              value={asset}
              onChange={(event) => changed(() => setAsset(event.target.value))}
            >
              {terms.assets.map((one) => (
                <option key={one.asset}>{one.asset}</option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label={say("address")}
          hint={known.length === 0 ? say("noAddresses", { asset }) : undefined}
          problem={tried && chosen === "" ? say("needsChoice") : undefined}
        >
          {(attributes) => (
            <select
              {...attributes}
              value={chosen}
              onChange={(event) => changed(() => setAddress(event.target.value))}
            >
              <option value="">{say("chooseAddress")}</option>
              {known.map((one) => (
                <option key={one.address} value={one.address}>
                  {one.label === "" ? one.address : `${one.label} · ${one.address}`}
                </option>
              ))}
            </select>
          )}
        </Field>
        <AmountField
          asset={asset}
          value={amount}
          max={available}
          problem={
            typeof read !== "bigint" && (tried || amount !== "")
              ? say(read.key, read.values)
              : undefined
          }
          onChange={(text) => changed(() => setAmount(text))}
        />
        {own !== undefined && (
          <dl className="figures">
            <div>
              <dt>{say("leftToday")}</dt>
              <dd className="num">
                {amountText(own.left, asset)} {asset}
              </dd>
            </div>
            <div>
              <dt>{say("fee")}</dt>
              <dd>{say("noFee")}</dd>
            </div>
          </dl>
        )}
        {own !== undefined && (
          <p className="hint">
            {typeof read === "bigint" && isLookedAt(read, scale, own)
              ? say("willWait")
              : say("waitsAbove", { amount: amountText(own.approve_above, asset), asset })}
          </p>
        )}
        <p className="refusal" role="alert">
          {refusal}
        </p>
        <button type="submit" className="primary" disabled={sending || !mayLeave}>
          {say(sending ? "sending" : "submitWithdraw")}
        </button>
      </form>
      <AddressBook
        asset={asset}
        addresses={known}
        onAdded={(added) => {
          changed(() => setAddress(added));
          onAddresses();
        }}
        onRemoved={onAddresses}
      />
    </div>
  );
}
