import { lazy } from "react";
import { Link, useSearch } from "wouter";
import { BalancesPanel } from "../features/wallet/BalancesPanel";
import { DepositPanel } from "../features/wallet/DepositPanel";
import { EquityPanel } from "../features/wallet/EquityPanel";
import { LedgerPanel } from "../features/wallet/LedgerPanel";
import { StatementsPanel } from "../features/wallet/StatementsPanel";
import { TransferPanel } from "../features/wallet/TransferPanel";
import { WithdrawPanel } from "../features/wallet/WithdrawPanel";
import { t } from "../i18n/translate";
import { say } from "../i18n/wallet";
import { Page } from "./Page";
import { accountPath, PATHS } from "./paths";
import { SubNav } from "./SubNav";

const EquityChart = lazy(() => import("./EquityChart"));

const VIEWS = [
  "balances",
  "ledger",
  "equity",
  "deposit",
  "withdraw",
  "transfer",
  "statements",
] as const;
type View = (typeof VIEWS)[number];

interface Props {
  view: string | undefined;
  onLogIn: () => void;
  onVerify: () => void;
}

/** What an account has, where it came from, and the ways in and out. */
export default function WalletPage({ view: named, onLogIn, onVerify }: Props) {
  const view = VIEWS.find((one) => one === named) ?? "balances";
  const views = VIEWS.map((name) => ({ name, label: say(name), to: pathOf(name) }));
  return (
    <Page title={t("page.wallet")} onLogIn={onLogIn}>
      <SubNav label={say("views")} views={views} chosen={view} />
      <Part view={view} onVerify={onVerify} />
    </Page>
  );
}

function pathOf(view: View): string {
  return view === "balances" ? PATHS.wallet : `${PATHS.wallet}/${view}`;
}

function Part({ view, onVerify }: { view: View; onVerify: () => void }) {
  switch (view) {
    case "balances":
      return <BalancesPanel actions={(asset) => <AssetLinks asset={asset} />} />;
    case "ledger":
      return <LedgerPanel />;
    case "equity":
      return <EquityPanel Chart={EquityChart} />;
    case "deposit":
      return <DepositPanel />;
    case "withdraw":
      return <WithdrawPanel onVerify={onVerify} />;
    case "statements":
      return <StatementsPanel />;
    case "transfer":
      return <TransferPanel accountsPath={accountPath("sub-accounts")} />;
  }
}

function AssetLinks({ asset }: { asset: string }) {
  const search = useSearch();
  const to = (view: View) => {
    const params = new URLSearchParams(search);
    params.set("asset", asset);
    return `${pathOf(view)}?${params}`;
  };
  return (
    <span className="asset-links">
      {(["ledger", "withdraw"] as const).map((view) => (
        <Link key={view} to={to(view)} aria-label={say("actionsOf", { action: say(view), asset })}>
          {say(view)}
        </Link>
      ))}
    </span>
  );
}
