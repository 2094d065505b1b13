import { Link, useSearch } from "wouter";
import { BalancesPanel } from "../features/wallet/BalancesPanel";
import { DepositPanel } from "../features/wallet/DepositPanel";
import { LedgerPanel } from "../features/wallet/LedgerPanel";
import { TransferPanel } from "../features/wallet/TransferPanel";
import { WithdrawPanel } from "../features/wallet/WithdrawPanel";
import { t } from "../i18n/translate";
import { say } from "../i18n/wallet";
import { AccountPicker, useAccountInAddress } from "./account-in-address";
import { Page } from "./Page";
import { PATHS } from "./paths";
import { SubNav } from "./SubNav";

const VIEWS = ["balances", "ledger", "deposit", "withdraw", "transfer"] as const;
type View = (typeof VIEWS)[number];

const ACCOUNTS_PATH = "/account/sub-accounts";

interface Props {
  view: string | undefined;
  onLogIn: () => void;
}

/** What an account has, where it came from, and the ways in and out. */
export default function WalletPage({ view: named, onLogIn }: Props) {
  const view = VIEWS.find((one) => one === named) ?? "balances";
  const views = VIEWS.map((name) => ({ name, label: say(name), to: pathOf(name) }));
  return (
    <Page title={t("page.wallet")} onLogIn={onLogIn}>
      <SubNav label={say("views")} views={views} chosen={view} />
      <Part view={view} />
    </Page>
  );
}

function pathOf(view: View): string {
  return view === "balances" ? PATHS.wallet : `${PATHS.wallet}/${view}`;
}

function Part({ view }: { view: View }) {
  const { account, accountId } = useAccountInAddress();
  const picker = <AccountPicker />;
  switch (view) {
    case "balances":
      return (
        <BalancesPanel
          account={account}
          picker={picker}
          actions={(asset) => <AssetLinks asset={asset} />}
        />
      );
    case "ledger":
      return <LedgerPanel account={account} accountId={accountId} picker={picker} />;
    case "deposit":
      return <DepositPanel account={account} accountId={accountId} picker={picker} />;
    case "withdraw":
      return <WithdrawPanel account={account} picker={picker} />;
    case "transfer":
      return (
        <TransferPanel
          account={account}
          accountId={accountId}
          picker={picker}
          accountsPath={ACCOUNTS_PATH}
        />
      );
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
