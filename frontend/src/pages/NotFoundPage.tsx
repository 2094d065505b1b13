import { Link } from "wouter";
import { t } from "../i18n/translate";
import { PATHS } from "./paths";

export default function NotFoundPage() {
  return (
    <main className="page">
      <h2>{t("page.notFound")}</h2>
      <p>
        {t("page.notFoundHow")} <Link to={PATHS.trade}>{t("page.trade")}</Link>
      </p>
    </main>
  );
}
