import { useState } from "react";
import { disableTotp, newRecoveryCodes } from "../../api/credentials";
import { say } from "../../i18n/security";
import { reloadUser, useSession } from "../../state/session";
import { Dialog } from "../../ui/Dialog";
import { Enrolment } from "./Enrolment";
import { ProofForm } from "./ProofForm";
import { RecoveryCodes } from "./RecoveryCodes";

type Doing = "enrol" | "renew" | "end" | null;

/** Below it a user should get new ones before they are needed. */
const FEW_CODES = 3;

/** The second factor: whether there is one, and the ways to and from it. */
export function SecondFactor() {
  const user = useSession((session) => session.user);
  const [doing, setDoing] = useState<Doing>(null);
  if (user === null) return null;
  const count = user.recovery_codes_left;
  const state = count > FEW_CODES ? "factorOn" : "factorFew";
  return (
    <section>
      <h3>{say("factor")}</h3>
      <p className="section-why">{say("factorWhy")}</p>
      <p className={user.second_factor && count <= FEW_CODES ? "problem" : ""}>
        {user.second_factor ? say(state, { count }) : say("factorOff")}
      </p>
      <div className="section-buttons">
        {user.second_factor ? (
          <>
            <button type="button" className="quiet" onClick={() => setDoing("renew")}>
              {say("newCodes")}
            </button>
            <button type="button" className="quiet" onClick={() => setDoing("end")}>
              {say("turnOff")}
            </button>
          </>
        ) : (
          <button type="button" className="primary" onClick={() => setDoing("enrol")}>
            {say("setUp")}
          </button>
        )}
      </div>
      {doing === "enrol" && <Enrolment email={user.email} onClose={() => setDoing(null)} />}
      {doing === "renew" && <Renewal email={user.email} onClose={() => setDoing(null)} />}
      {doing === "end" && <End onClose={() => setDoing(null)} />}
    </section>
  );
}

function Renewal({ email, onClose }: { email: string; onClose: () => void }) {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <Dialog title={say("newCodes")} closeLabel={say("close")} onClose={onClose}>
      {codes === null ? (
        <ProofForm
          warning={say("newCodesWarn")}
          button={say("goOn")}
          needsCode
          onProof={async (password, code) => {
            setCodes((await newRecoveryCodes(password, code)).recovery_codes);
            await reloadUser();
          }}
        />
      ) : (
        <RecoveryCodes email={email} codes={codes} onKept={onClose} />
      )}
    </Dialog>
  );
}

function End({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={say("turnOffTitle")} closeLabel={say("close")} onClose={onClose}>
      <ProofForm
        warning={say("turnOffWarns")}
        button={say("turnOff")}
        needsCode
        onProof={async (password, code) => {
          await disableTotp(password, code);
          await reloadUser();
          onClose();
        }}
      />
    </Dialog>
  );
}
