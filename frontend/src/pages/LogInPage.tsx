import { useEffect } from "react";
import { Redirect } from "wouter";
import { t } from "../i18n/translate";
import { Page } from "./Page";
import { PATHS } from "./paths";

interface Props {
  onLogIn: () => void;
}

/** The way in at an address of its own, without a market behind it; who is in goes on to trade. */
export default function LogInPage({ onLogIn }: Props) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is opened
  useEffect(onLogIn, []);
  return (
    <Page title={t("auth.logIn")} onLogIn={onLogIn}>
      <Redirect to={PATHS.trade} replace />
    </Page>
  );
}
