import { useEffect, useState } from "react";
import { ApiError } from "../../api/http";
import { getLiabilityProof, type LiabilityProof } from "../../api/wallet";
import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { stampText } from "../../lib/days";
import { msFromNs } from "../../lib/whole-units";
import { useLoaded } from "../../state/loaded";
import { saveContent } from "../../state/save-file";
import { type Column, DataTable } from "../../ui/DataTable";
import { Amount } from "./Amount";
import { leadsToRoot } from "./liability-check";

/** Null: nothing was published that counts this account. */
async function load(): Promise<LiabilityProof | null> {
  try {
    return await getLiabilityProof();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

const loadWrapped = async () => ({ proof: await load() });

/** What the exchange said it owes this account, and whether that leads to what it said to everybody. */
export function ProofOfLiabilities() {
  const { value: found, refusal } = useLoaded(loadWrapped);
  return (
    <section className="wallet-part proof" aria-labelledby="proof">
      <h3 id="proof">{say("proofTitle")}</h3>
      <p className="hint">{say("proofHow")}</p>
      {refusal !== null && <p className="problem">{refusal}</p>}
      {found === null && refusal === null && <p className="empty">{t("page.loading")}</p>}
      {found !== null && found.proof === null && <p className="empty">{say("proofNone")}</p>}
      {found?.proof && <Proof proof={found.proof} />}
    </section>
  );
}

type Verdict = "proofGood" | "proofBad" | "proofUnchecked";

function Proof({ proof }: { proof: LiabilityProof }) {
  const [verdicts, setVerdicts] = useState<Readonly<Record<string, Verdict>>>({});
  useEffect(() => {
    let isShown = true;
    for (const leaf of proof.leaves) {
      // Browsers hash only for pages that came over a secure line, or from this machine.
      const checked = crypto.subtle === undefined ? null : leadsToRoot(proof, leaf);
      void Promise.resolve(checked).then((isGood) => {
        const verdict = isGood === null ? "proofUnchecked" : isGood ? "proofGood" : "proofBad";
        if (isShown) setVerdicts((known) => ({ ...known, [leaf.asset]: verdict }));
      });
    }
    return () => {
      isShown = false;
    };
  }, [proof]);
  const { publication } = proof;
  return (
    <>
      <p>
        {say("proofOf", {
          id: publication.liability_id,
          time: stampText(msFromNs(publication.ts_ns)),
          seq: publication.event_seq,
        })}
      </p>
      <DataTable
        caption={say("proofTitle")}
        columns={columns(proof, verdicts)}
        rows={proof.leaves}
        rowKey={({ asset }) => asset}
        empty={say("proofNone")}
      />
      <p className="hint">{say("proofVerify")}</p>
      <div className="wallet-buttons">
        <button
          type="button"
          className="quiet"
          onClick={() => {
            const name = `liabilities-${proof.account_id}-${publication.liability_id}.json`;
            const text = JSON.stringify(proof, null, 1);
            saveContent(name, new Blob([text], { type: "application/json" }));
          }}
        >
          {say("proofSave")}
        </button>
      </div>
    </>
  );
}

type Leaf = LiabilityProof["leaves"][number];

function columns(
  { publication }: LiabilityProof,
  verdicts: Readonly<Record<string, Verdict>>,
): Column<Leaf>[] {
  const rootOf = ({ asset }: Leaf) => publication.assets.find((one) => one.asset === asset);
  return [
    { key: "asset", label: say("asset"), render: ({ asset }) => asset },
    {
      key: "leaf",
      label: say("proofLeaf"),
      numeric: true,
      render: ({ amount, asset }) => <Amount text={amount} asset={asset} />,
    },
    {
      key: "total",
      label: say("proofTotal"),
      numeric: true,
      from: 2,
      render: (leaf) => <Amount text={rootOf(leaf)?.total ?? "0"} asset={leaf.asset} />,
    },
    {
      key: "leaves",
      label: say("proofLeaves"),
      numeric: true,
      from: 3,
      render: (leaf) => <span className="num">{rootOf(leaf)?.leaves}</span>,
    },
    {
      key: "root",
      label: say("proofRoot"),
      from: 3,
      render: (leaf) => (
        <span className="num" title={rootOf(leaf)?.root_hash}>
          {rootOf(leaf)?.root_hash.slice(0, 16)}…
        </span>
      ),
    },
    {
      key: "check",
      label: say("proofCheck"),
      render: ({ asset }) => {
        const verdict = verdicts[asset];
        if (verdict === undefined) return "–";
        return (
          <span className={verdict === "proofBad" ? "problem" : undefined}>
            {verdict === "proofGood" && <span aria-hidden="true">✓ </span>}
            {say(verdict)}
          </span>
        );
      },
    },
  ];
}
