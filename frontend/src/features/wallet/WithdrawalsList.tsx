import { useEffect, useState } from "react";
import type { Withdrawal } from "../../api/account-history";
import { cancelWithdrawal } from "../../api/wallet";
import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { errorText } from "../../state/errors";
import { showToast } from "../../state/toasts";
import { type Column, DataTable } from "../../ui/DataTable";
import type { Pages } from "../../ui/pages";
import { ListEnd } from "../../ui/RecordTools";
import { Stamp } from "../../ui/Stamp";
import { Amount } from "./Amount";
import { followWithdrawals } from "./follow";
import { refusalText } from "./spoken";
import { canCancel, isUnderWay } from "./withdrawal-rules";

interface Props {
  pages: Pages<Withdrawal>;
  /** One has come to its end, or was taken back. */
  onChange: () => void;
}

/** Those under way that are followed at a time. */
const FOLLOWED_MAX = 10;

/** Every withdrawal with where it is; what is under way is followed. */
export function WithdrawalsList({ pages, onChange }: Props) {
  const [opened, setOpened] = useState<number | null>(null);
  const [newer, setNewer] = useState<Readonly<Record<number, Withdrawal>>>({});
  const rows = pages.rows.map((row) => newer[row.withdrawal_id] ?? row);
  const learn = (one: Withdrawal) => {
    setNewer((known) => ({ ...known, [one.withdrawal_id]: one }));
  };
  const watched = rows
    .filter((row) => isUnderWay(row.state) || (row.withdrawal_id === opened && !row.steps?.length))
    .slice(0, FOLLOWED_MAX)
    .map((row) => row.withdrawal_id)
    .join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is done on a change is no reason to begin anew
  useEffect(() => {
    if (watched === "") return;
    return followWithdrawals(watched.split(" ").map(Number), (one) => {
      learn(one);
      if (!isUnderWay(one.state)) onChange();
    });
  }, [watched]);

  return (
    <section aria-labelledby="withdrawals">
      <h3 id="withdrawals">{say("withdrawals")}</h3>
      <DataTable
        caption={say("withdrawals")}
        columns={columns({
          opened,
          onOpen: setOpened,
          onTakeBack: async (one) => {
            try {
              learn(await cancelWithdrawal(one.withdrawal_id));
              showToast("plain", say("takenBack", { id: one.withdrawal_id }));
              onChange();
            } catch (error) {
              showToast("warning", refusalText(error));
            }
          },
        })}
        rows={rows}
        rowKey={(row) => row.withdrawal_id}
        empty={
          pages.isLoading ? t("page.loading") : pages.error === null ? say("noWithdrawals") : ""
        }
        detail={(row) => (row.withdrawal_id === opened ? <Steps of={row} /> : null)}
      />
      <ListEnd pages={pages} error={pages.error === null ? null : errorText(pages.error)} />
    </section>
  );
}

interface Acts {
  opened: number | null;
  onOpen: (id: number | null) => void;
  onTakeBack: (one: Withdrawal) => Promise<void>;
}

function columns({ opened, onOpen, onTakeBack }: Acts): Column<Withdrawal>[] {
  return [
    {
      key: "time",
      label: t("column.time"),
      render: ({ withdrawal_id: id, created_ts_ns }) => (
        <button
          type="button"
          className="row-more num"
          aria-expanded={opened === id}
          onClick={() => onOpen(opened === id ? null : id)}
        >
          <span aria-hidden="true">{opened === id ? "▾" : "▸"}</span> <Stamp tsNs={created_ts_ns} />
          <span className="unseen"> {say("stepsOf", { id })}</span>
        </button>
      ),
    },
    {
      key: "amount",
      label: say("amount"),
      numeric: true,
      render: ({ amount, asset }) => (
        <>
          <Amount text={amount} asset={asset} /> {asset}
        </>
      ),
    },
    {
      key: "address",
      label: say("address"),
      from: 3,
      render: ({ address }) => <span className="address num">{address}</span>,
    },
    {
      key: "reference",
      label: say("reference"),
      from: 4,
      render: ({ reference }) => <span className="address num">{reference || "–"}</span>,
    },
    { key: "state", label: say("state"), render: ({ state }) => say(`state_${state}`) },
    {
      key: "actions",
      label: t("column.actions"),
      unlabelled: true,
      numeric: true,
      render: (one) =>
        canCancel(one.state) && <TakeBackButton one={one} onTakeBack={() => onTakeBack(one)} />,
    },
  ];
}

function TakeBackButton({ one, onTakeBack }: { one: Withdrawal; onTakeBack: () => Promise<void> }) {
  const [working, setWorking] = useState(false);
  return (
    <button
      type="button"
      className="row-button"
      disabled={working}
      aria-label={say("takeBackOf", { id: one.withdrawal_id })}
      onClick={async () => {
        setWorking(true);
        await onTakeBack();
        setWorking(false);
      }}
    >
      {say("takeBack")}
    </button>
  );
}

function Steps({ of }: { of: Withdrawal }) {
  if (!of.steps?.length) return <p className="hint">{t("page.loading")}</p>;
  return (
    <ol className="story" aria-label={say("stepsOf", { id: of.withdrawal_id })}>
      {of.steps.map((step, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added
        <li key={at}>
          <Stamp tsNs={step.ts_ns} />
          <span>
            {say(`state_${step.state}`)}, {say("by", { actor: step.actor })}
            {step.note !== "" && `: ${step.note}`}
          </span>
        </li>
      ))}
    </ol>
  );
}
