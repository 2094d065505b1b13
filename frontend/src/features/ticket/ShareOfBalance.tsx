import { useEffect, useState } from "react";
import { t } from "../../i18n/translate";
import { trimFixed } from "../../lib/fixed-point";
import { Price } from "../../ui/Price";
import { amountForShare } from "./amounts";
import type { Draft } from "./draft";
import type { World } from "./world";

interface Props {
  draft: Draft;
  world: World;
  onChange: (part: Partial<Draft>) => void;
}

const SHARES = [25, 50, 75, 100] as const;

/** What is available, and shares of it as a quantity. */
export function ShareOfBalance({ draft, world, onChange }: Props) {
  const [share, setShare] = useState({ percent: 0, amount: "" });
  // The slider stands where it was put until the quantity is changed by hand.
  const percent = share.amount === draft.amount ? share.percent : 0;
  const known = amountForShare(0, draft, world) !== null;

  function take(next: number): void {
    const amount = amountForShare(next, draft, world);
    if (amount === null) return;
    setShare({ percent: next, amount });
    onChange({ amount });
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: a share of something else is no share
  useEffect(() => setShare({ percent: 0, amount: "" }), [draft.side, draft.kind, draft.byBudget]);

  return (
    <div className="share">
      <Available draft={draft} world={world} />
      <input
        type="range"
        min={0}
        max={100}
        step={1}
        value={percent}
        disabled={!known}
        aria-label={t("ticket.share")}
        aria-valuetext={`${percent} %`}
        onChange={(event) => take(Number(event.target.value))}
      />
      <div className="share-buttons">
        {SHARES.map((one) => (
          <button
            key={one}
            type="button"
            disabled={!known}
            aria-label={t("ticket.shareOf", { percent: one })}
            onClick={() => take(one)}
          >
            {one} %
          </button>
        ))}
      </div>
    </div>
  );
}

function Available({ draft, world }: Pick<Props, "draft" | "world">) {
  const { spec } = world;
  const [funds, asset, scale] =
    draft.side === "buy"
      ? [world.quoteFunds, spec.quote, spec.quoteScale]
      : [world.base, spec.base, spec.baseScale];
  return (
    <div className="share-available">
      <span>{t("ticket.available")}</span>
      <span>
        {funds === null ? (
          <span className="num">–</span>
        ) : (
          <Price text={trimFixed(funds, scale, Math.min(2, scale))} />
        )}{" "}
        {asset}
      </span>
    </div>
  );
}
