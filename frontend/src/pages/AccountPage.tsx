import { Link, useParams } from "wouter";
import { Overview } from "../features/account/Overview";
import { ApiKeys } from "../features/api-keys/ApiKeys";
import { Security } from "../features/security/Security";
import { SubAccounts } from "../features/sub-accounts/SubAccounts";
import { say } from "../i18n/account";
import { t } from "../i18n/translate";
import NotFoundPage from "./NotFoundPage";
import { Page } from "./Page";
import { ACCOUNT_SECTIONS, type AccountSection, accountPath } from "./paths";

interface Props {
  onLogIn: () => void;
  onVerify: () => void;
}

/** What concerns the login itself, in parts. */
export default function AccountPage({ onLogIn, onVerify }: Props) {
  const { section = "overview" } = useParams<{ section?: string }>();
  const shown = ACCOUNT_SECTIONS.find((one) => one === section);
  if (shown === undefined) return <NotFoundPage />;
  return (
    <Page title={t("page.account")} onLogIn={onLogIn}>
      <Sections shown={shown} />
      {shown === "overview" && (
        <Overview onVerify={onVerify} securityPath={accountPath("security")} />
      )}
      {shown === "security" && <Security />}
      {shown === "keys" && <ApiKeys />}
      {shown === "sub-accounts" && <SubAccounts />}
    </Page>
  );
}

function Sections({ shown }: { shown: AccountSection }) {
  return (
    <nav className="sections" aria-label={say("sections")}>
      {ACCOUNT_SECTIONS.map((section) => (
        <Link
          key={section}
          to={accountPath(section)}
          aria-current={section === shown ? "page" : undefined}
        >
          {say(section)}
        </Link>
      ))}
    </nav>
  );
}
