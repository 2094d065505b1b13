import { type FormEvent, useState } from "react";
import { addAddress, removeAddress, type WithdrawalAddress } from "../../api/wallet";
import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { withSecondFactor } from "../../state/second-factor";
import { showToast } from "../../state/toasts";
import { type Column, DataTable } from "../../ui/DataTable";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Stamp } from "../../ui/Stamp";
import { refusalText } from "./spoken";
import { addressProblem } from "./withdrawal-rules";

interface Props {
  asset: string;
  addresses: readonly WithdrawalAddress[];
  onAdded: (address: string) => void;
  onRemoved: () => void;
}

/** Where money of an asset may go. */
export function AddressBook({ asset, addresses, onAdded, onRemoved }: Props) {
  const [adding, setAdding] = useState(false);
  const columns: Column<WithdrawalAddress>[] = [
    { key: "label", label: say("label"), from: 2, render: ({ label }) => label || "–" },
    {
      key: "address",
      label: say("address"),
      render: ({ address, label }) => (
        <>
          <span className="address num">{address}</span>
          <span className="narrow">{label}</span>
        </>
      ),
    },
    {
      key: "since",
      label: t("column.time"),
      from: 3,
      render: ({ created_ts_ns }) => <Stamp tsNs={created_ts_ns} />,
    },
    {
      key: "actions",
      label: t("column.actions"),
      unlabelled: true,
      numeric: true,
      render: (one) => <RemoveButton one={one} onRemoved={onRemoved} />,
    },
  ];
  return (
    <section className="wallet-part" aria-labelledby="addresses">
      <div className="part-head">
        <h3 id="addresses">
          {say("addresses")} · {asset}
        </h3>
        <button type="button" className="quiet" onClick={() => setAdding(true)}>
          {say("addAddress")}
        </button>
      </div>
      <DataTable
        caption={say("addresses")}
        columns={columns}
        rows={addresses}
        rowKey={({ address }) => address}
        empty={say("noAddresses", { asset })}
      />
      {adding && <AddressDialog asset={asset} onAdded={onAdded} onClose={() => setAdding(false)} />}
    </section>
  );
}

interface RemoveProps {
  one: WithdrawalAddress;
  onRemoved: () => void;
}

function RemoveButton({ one, onRemoved }: RemoveProps) {
  const [working, setWorking] = useState(false);
  const { address } = one;
  return (
    <button
      type="button"
      className="row-button"
      disabled={working}
      aria-label={say("removeAddressOf", { address })}
      onClick={async () => {
        setWorking(true);
        try {
          await removeAddress(one);
          showToast("plain", say("addressRemoved", { address }));
          onRemoved();
        } catch (error) {
          showToast("warning", refusalText(error));
        }
        setWorking(false);
      }}
    >
      {say("removeAddress")}
    </button>
  );
}

interface DialogProps {
  asset: string;
  onAdded: (address: string) => void;
  onClose: () => void;
}

function AddressDialog({ asset, onAdded, onClose }: DialogProps) {
  const [address, setAddress] = useState("");
  const [label, setLabel] = useState("");
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const problem = addressProblem(address.trim());

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (problem !== null || sending) return;
    setSending(true);
    const body = { asset, address: address.trim(), label: label.trim() };
    try {
      await withSecondFactor((proof) => addAddress(body, proof));
      showToast("plain", say("addressAdded", { address: body.address, asset }));
      onAdded(body.address);
      onClose();
    } catch (error) {
      setRefusal(refusalText(error));
      setSending(false);
    }
  }

  return (
    <Dialog
      title={say("addAddressFor", { asset })}
      closeLabel={t("settings.close")}
      onClose={onClose}
    >
      <form className="auth-form" onSubmit={submit} noValidate>
        <Field
          label={say("address")}
          problem={problem !== null && (tried || address !== "") ? say(problem) : undefined}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              name="address"
              autoComplete="off"
              spellCheck={false}
              value={address}
              onChange={(event) => setAddress(event.target.value)}
            />
          )}
        </Field>
        <Field label={say("label")} hint={say("labelHint")}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              name="label"
              maxLength={64}
              autoComplete="off"
              value={label}
              onChange={(event) => setLabel(event.target.value)}
            />
          )}
        </Field>
        <p className="refusal" role="alert">
          {refusal}
        </p>
        <button type="submit" className="primary" disabled={sending}>
          {say(sending ? "sending" : "saveAddress")}
        </button>
      </form>
    </Dialog>
  );
}
