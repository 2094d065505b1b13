import { type ReactNode, useCallback, useEffect, useState } from "react";
import { getHistory } from "../../api/account-history";
import type { AccountId } from "../../api/accounts";
import {
  getAddresses,
  getWalletTerms,
  type WalletTerms,
  type WithdrawalAddress,
} from "../../api/wallet";
import { t } from "../../i18n/translate";
import { errorText } from "../../state/errors";
import { useSession } from "../../state/session";
import { usePages } from "../../ui/pages";
import { ConfirmEmail } from "./ConfirmEmail";
import { WithdrawalForm } from "./WithdrawalForm";
import { WithdrawalsList } from "./WithdrawalsList";

interface Props {
  account: AccountId;
  picker: ReactNode;
}

interface Ground {
  terms: WalletTerms;
  addresses: WithdrawalAddress[];
}

/** Takes money out, and follows what is on its way. */
export function WithdrawPanel({ account, picker }: Props) {
  const [ground, setGround] = useState<Ground | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const isConfirmed = useSession((session) => session.user?.email_verified === true);
  const pages = usePages(`withdrawals ${account}`, (cursor) =>
    getHistory("withdrawals", account, {}, cursor),
  );
  const load = useCallback(async () => {
    try {
      const [terms, { addresses }] = await Promise.all([
        getWalletTerms(account),
        getAddresses(account),
      ]);
      setGround({ terms, addresses });
      setProblem(null);
    } catch (error) {
      setProblem(errorText(error));
    }
  }, [account]);
  useEffect(() => void load(), [load]);
  return (
    <>
      <div className="page-tools">{picker}</div>
      {!isConfirmed && <ConfirmEmail />}
      {problem !== null && <p className="problem">{problem}</p>}
      {ground === null && problem === null && <p className="empty">{t("page.loading")}</p>}
      {ground !== null && (
        <WithdrawalForm
          key={account}
          account={account}
          terms={ground.terms}
          addresses={ground.addresses}
          onAddresses={() => void load()}
          onDone={() => {
            void load();
            pages.reload();
          }}
        />
      )}
      <WithdrawalsList account={account} pages={pages} onChange={() => void load()} />
    </>
  );
}
