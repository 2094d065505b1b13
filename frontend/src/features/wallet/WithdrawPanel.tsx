import { getHistory } from "../../api/account-history";
import { getAddresses, getWalletTerms } from "../../api/wallet";
import { t } from "../../i18n/translate";
import { say } from "../../i18n/wallet";
import { useLoaded } from "../../state/loaded";
import { useSession } from "../../state/session";
import { useCursorPages } from "../../ui/pages";
import { WithdrawalForm } from "./WithdrawalForm";
import { WithdrawalsList } from "./WithdrawalsList";

interface Props {
  /** Opens the way to confirm the e-mail address. */
  onVerify: () => void;
}

/** What holds for withdrawals, and where they may go. */
async function loadGround() {
  const [terms, { addresses }] = await Promise.all([getWalletTerms(), getAddresses()]);
  return { terms, addresses };
}

/** Takes money out, and follows what is on its way. */
export function WithdrawPanel({ onVerify }: Props) {
  const { value: ground, refusal, reload } = useLoaded(loadGround);
  const user = useSession((session) => session.user);
  const pages = useCursorPages("withdrawals", (cursor) => getHistory("withdrawals", {}, cursor));
  return (
    <>
      {user !== null && !user.email_verified && (
        <p className="wallet-part problem">
          {say("unconfirmed", { email: user.email })}{" "}
          <button type="button" className="quiet" onClick={onVerify}>
            {say("confirmEmail")}
          </button>
        </p>
      )}
      {refusal !== null && <p className="problem">{refusal}</p>}
      {ground === null && refusal === null && <p className="empty">{t("page.loading")}</p>}
      {ground !== null && (
        <WithdrawalForm
          terms={ground.terms}
          addresses={ground.addresses}
          mayLeave={user?.email_verified === true}
          onAddresses={() => void reload()}
          onDone={() => {
            void reload();
            pages.reload();
          }}
        />
      )}
      <WithdrawalsList pages={pages} onChange={() => void reload()} />
    </>
  );
}
