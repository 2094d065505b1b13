import { AdminPanel } from "../features/admin/AdminPanel";
import { usePowers } from "../features/admin/powers";
import { SECTIONS } from "../features/admin/sections";
import { t } from "../i18n/translate";
import { useSession } from "../state/session";
import NotFoundPage from "./NotFoundPage";
import { Page } from "./Page";

interface Props {
  section: string | undefined;
  /** One thing of the section. */
  of: string | undefined;
  onLogIn: () => void;
}

/** For everybody but operators there is no such page. */
export default function AdminPage({ section = "system", of, onLogIn }: Props) {
  const { sees } = usePowers();
  const isSignedIn = useSession((session) => session.status === "signed-in");
  const known = SECTIONS.find((each) => each === section);
  if (known === undefined || (isSignedIn && !sees)) return <NotFoundPage />;
  return (
    <Page title={t("page.admin")} onLogIn={onLogIn}>
      <AdminPanel section={known} of={of} />
    </Page>
  );
}
