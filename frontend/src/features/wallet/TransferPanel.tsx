import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { type AccountTransfer, getHistory } from "../../api/account-history";
import type { SubAccount } from "../../api/accounts";
import { mayHaveHappened } from "../../api/http";
import { transfer } from "../../api/wallet";
import { t } from "../../i18n/translate";
import { say, type WalletWord } from "../../i18n/wallet";
import { formatFixed } from "../../lib/fixed-point";
import { newKey } from "../../lib/keys";
import { useAccountNumber, useActingAccount } from "../../state/acting-account";
import { availableOf, useBalances } from "../../state/balances";
import { errorText } from "../../state/errors";
import { assetScale, useMarket } from "../../state/market";
import { showToast } from "../../state/toasts";
import { type Column, DataTable } from "../../ui/DataTable";
import { Field } from "../../ui/Field";
import { type Pages, useCursorPages } from "../../ui/pages";
import { ListEnd } from "../../ui/RecordTools";
import { Stamp } from "../../ui/Stamp";
import { Amount } from "./Amount";
import { AmountField } from "./AmountField";
import { amountText, refusalText } from "./spoken";
import { readAmount } from "./withdrawal-rules";

interface Props {
  /** Where accounts are made. */
  accountsPath: string;
}

/** Moves money between the accounts of a login. */
export function TransferPanel({ accountsPath }: Props) {
  const accounts = useActingAccount((state) => state.accounts);
  const account = useAccountNumber();
  const pages = useCursorPages("transfers", (cursor) => getHistory("transfers", {}, cursor));
  const others = accounts.filter((one) => one.account_id !== account && one.status === "open");
  return (
    <>
      {accounts.length > 0 && others.length === 0 && (
        <p className="wallet-part">
          {say("oneAccount")} <Link to={accountsPath}>{say("manageAccounts")}</Link>
        </p>
      )}
      {others.length > 0 && <TransferForm others={others} onMoved={pages.reload} />}
      <TransfersList pages={pages} account={account} />
    </>
  );
}

interface FormProps {
  others: readonly SubAccount[];
  onMoved: () => void;
}

function TransferForm({ others, onMoved }: FormProps) {
  const assets = useMarket((market) => market.assets);
  const byAsset = useBalances((balances) => balances.byAsset);
  const [to, setTo] = useState("");
  const [asset, setAsset] = useState(assets[0]?.name ?? "");
  const [amount, setAmount] = useState("");
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  // The same wish has the same key until there is an answer, so that it is done once.
  const [key, setKey] = useState(newKey);
  const scale = assetScale(asset);
  const available = availableOf(byAsset, asset);
  const read = readAmount(amount, { asset, scale, available });
  const changed = (change: () => void) => {
    change();
    setRefusal(null);
    setKey(newKey());
  };

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (typeof read !== "bigint" || to === "" || sending) return;
    setSending(true);
    try {
      const body = { to_account_id: Number(to), asset, amount: formatFixed(read, scale) };
      const moved = await transfer(body, key);
      const said = amountText(moved.amount, asset);
      showToast("plain", say("moved", { amount: said, asset, account: to }));
      changed(() => setAmount(""));
      setTried(false);
      onMoved();
    } catch (error) {
      setRefusal(refusalText(error));
      if (!mayHaveHappened(error)) setKey(newKey());
    }
    setSending(false);
  }

  return (
    <form className="wallet-form" aria-label={say("transfer")} onSubmit={submit} noValidate>
      <Field
        label={say("toAccount")}
        problem={tried && to === "" ? say("chooseAccount") : undefined}
      >
        {(attributes) => (
          <select
            {...attributes}
            value={to}
            onChange={(event) => changed(() => setTo(event.target.value))}
          >
            <option value="">{say("chooseAccount")}</option>
            {others.map(({ account_id, name }) => (
              <option key={account_id} value={account_id}>
                {name} · {account_id}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={say("asset")}>
        {(attributes) => (
          <select
            {...attributes}
            value={asset}
            onChange={(event) => changed(() => setAsset(event.target.value))}
          >
            {assets.map(({ name }) => (
              <option key={name}>{name}</option>
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
      <p className="refusal" role="alert">
        {refusal}
      </p>
      <button type="submit" className="primary" disabled={sending}>
        {say(sending ? "sending" : "submitTransfer")}
      </button>
    </form>
  );
}

interface ListProps {
  pages: Pages<AccountTransfer>;
  account: number | "";
}

function TransfersList({ pages, account }: ListProps) {
  const comesIn = (moved: AccountTransfer) => moved.to_account_id === account;
  const columns: Column<AccountTransfer>[] = [
    { key: "time", label: t("column.time"), render: (moved) => <Stamp tsNs={moved.ts_ns} /> },
    {
      key: "other",
      label: say("counterpart"),
      render: (moved) =>
        comesIn(moved)
          ? say("transferFrom", { account: moved.from_account_id })
          : say("transferTo", { account: moved.to_account_id }),
    },
    { key: "asset", label: say("asset"), render: (moved) => moved.asset },
    {
      key: "amount",
      label: say("amount"),
      numeric: true,
      render: (moved) => (
        <Amount
          text={comesIn(moved) ? moved.amount : `-${moved.amount}`}
          asset={moved.asset}
          signed
        />
      ),
    },
    {
      key: "reason",
      label: say("cause"),
      from: 2,
      render: (moved) => say(`reason_${moved.reason}` satisfies WalletWord),
    },
  ];
  return (
    <section aria-labelledby="transfers">
      <h3 id="transfers">{say("transfers")}</h3>
      <DataTable
        caption={say("transfers")}
        columns={columns}
        rows={pages.rows}
        rowKey={(moved) => moved.seq}
        empty={pages.isLoading ? t("page.loading") : pages.error === null ? say("noTransfers") : ""}
      />
      <ListEnd pages={pages} error={pages.error === null ? null : errorText(pages.error)} />
    </section>
  );
}
