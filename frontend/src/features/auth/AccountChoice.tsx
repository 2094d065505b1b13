import { t } from "../../i18n/translate";
import { actFor, useActingAccount } from "../../state/acting-account";

/** Which of the login's accounts the whole page acts for: always in sight once there is more than one. */
export function AccountChoice({ userId }: { userId: number }) {
  const { accountId, accounts } = useActingAccount();
  const acting = accounts.find((account) =>
    accountId === null ? account.is_main : account.account_id === accountId,
  );
  const open = accounts.filter((account) => account.status === "open" || account === acting);
  if (acting === undefined || open.length < 2) return null;
  return (
    <select
      className="compact-select account-choice"
      aria-label={t("auth.account")}
      title={`${t("auth.account")} ${acting.account_id}: ${acting.name}`}
      data-sub={!acting.is_main}
      value={acting.account_id}
      onChange={(event) => {
        const chosen = open.find(({ account_id }) => account_id === Number(event.target.value));
        if (chosen === undefined) return;
        actFor(chosen.is_main ? null : { userId, accountId: chosen.account_id });
      }}
    >
      {open.map(({ account_id, name }) => (
        <option key={account_id} value={account_id}>
          {name}
        </option>
      ))}
    </select>
  );
}
