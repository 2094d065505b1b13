import type { OrdersView } from "../features/orders/OrderFilters";
import { RecordsPanel } from "../features/orders/RecordsPanel";
import { say } from "../i18n/records";
import { t } from "../i18n/translate";
import { Page } from "./Page";
import { PATHS } from "./paths";
import { SubNav } from "./SubNav";

const VIEWS = ["open", "history", "fills"] as const;

interface Props {
  view: string | undefined;
  onLogIn: () => void;
}

/** Every order and fill of an account: what is open, what has been, each with its story. */
export default function OrdersPage({ view: named, onLogIn }: Props) {
  const view: OrdersView = VIEWS.find((one) => one === named) ?? "open";
  const views = VIEWS.map((name) => ({
    name,
    label: t(`orders.${name}`),
    to: name === "open" ? PATHS.orders : `${PATHS.orders}/${name}`,
  }));
  return (
    <Page title={t("page.orders")} onLogIn={onLogIn}>
      <SubNav label={say("views")} views={views} chosen={view} />
      <RecordsPanel view={view} />
    </Page>
  );
}
