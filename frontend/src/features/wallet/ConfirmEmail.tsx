import { type FormEvent, useState } from "react";
import { sendEmailCode, verifyEmail } from "../../api/wallet";
import { say } from "../../i18n/wallet";
import { useSession } from "../../state/session";
import { showToast } from "../../state/toasts";
import { refusalText } from "./spoken";

/** Nothing goes out before the e-mail address is known to be its owner's. */
export function ConfirmEmail() {
  const email = useSession((session) => session.user?.email ?? "");
  const [code, setCode] = useState("");
  const [working, setWorking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  async function attempt(act: () => Promise<void>): Promise<void> {
    setWorking(true);
    setRefusal(null);
    try {
      await act();
    } catch (error) {
      setRefusal(refusalText(error));
    }
    setWorking(false);
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (code.trim() === "" || working) return;
    void attempt(async () => {
      await verifyEmail(email, code.trim());
      showToast("plain", say("confirmed", { email }));
      useSession.setState(({ user }) => ({ user: user && { ...user, email_verified: true } }));
    });
  }

  return (
    <form className="wallet-part confirm-email" onSubmit={submit}>
      <p>{say("unconfirmed", { email })}</p>
      <div className="wallet-buttons">
        <input
          type="text"
          aria-label={say("emailCode")}
          placeholder={say("emailCode")}
          autoComplete="one-time-code"
          inputMode="numeric"
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
        <button type="submit" className="primary" disabled={working || code.trim() === ""}>
          {say("confirmEmail")}
        </button>
        <button
          type="button"
          className="link"
          disabled={working}
          onClick={() =>
            void attempt(async () => {
              await sendEmailCode(email);
              showToast("plain", say("codeSent", { email }));
            })
          }
        >
          {say("sendCode")}
        </button>
      </div>
      <p className="refusal" role="alert">
        {refusal}
      </p>
    </form>
  );
}
