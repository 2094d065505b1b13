import { BotsPanel } from "../features/bots/BotsPanel";
import { t } from "../i18n/translate";
import { Page } from "./Page";
import { tradePath } from "./paths";

interface Props {
  onLogIn: () => void;
}

export default function BotsPage({ onLogIn }: Props) {
  return (
    <Page title={t("page.bots")} onLogIn={onLogIn}>
      <BotsPanel pathOf={tradePath} />
    </Page>
  );
}
