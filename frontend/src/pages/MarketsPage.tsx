import { MarketsTable } from "../features/markets/MarketsTable";
import { t } from "../i18n/translate";
import { Page } from "./Page";
import { tradePath } from "./paths";

export default function MarketsPage() {
  return (
    <Page title={t("page.markets")}>
      <MarketsTable pathOf={tradePath} />
    </Page>
  );
}
