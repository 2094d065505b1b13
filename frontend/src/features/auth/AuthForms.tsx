import { lazy, Suspense, useState } from "react";
import { say } from "../../i18n/auth";
import { t } from "../../i18n/translate";
import { showToast } from "../../state/toasts";
import type { AuthMode } from "./auth-mode";
import { PasswordForm } from "./PasswordForm";

/** The password is what most come in with: the rest is loaded when it is wanted. */
const CodeForm = lazy(() => import("./CodeForm"));
const SecondFactorForm = lazy(() => import("./SecondFactorForm"));

const TITLE = {
  "log-in": "logIn",
  "sign-up": "signUp",
  code: "codeTitle",
  reset: "resetTitle",
  verify: "verifyTitle",
} as const;

export function authTitle(mode: AuthMode): string {
  return say(TITLE[mode]);
}

interface Props {
  mode: AuthMode;
  /** Of who is logged in and verifies the address. */
  knownEmail: string | null;
  onMode: (mode: AuthMode) => void;
  onDone: () => void;
}

/** A step that a login may come to before it is one. */
type Step = { challenge: string; email: string } | { unverified: string } | null;

/** All the ways in, one at a time; the same in the dialog and at their own addresses. */
export function AuthForms(props: Props) {
  return (
    <Suspense fallback={null}>
      <Forms {...props} />
    </Suspense>
  );
}

function Forms({ mode, knownEmail, onMode, onDone }: Props) {
  const [step, setStep] = useState<Step>(null);
  const loggedIn = (email: string) => {
    showToast("plain", t("notice.loggedIn", { email }));
    onDone();
  };
  const toChallenge = (challenge: string, email: string) => setStep({ challenge, email });
  const verified = (email: string) => {
    showToast("plain", say("verified", { email }));
    if (mode === "verify") onDone();
    else setStep(null);
  };

  if (step !== null && "challenge" in step) {
    return <SecondFactorForm challenge={step.challenge} onDone={() => loggedIn(step.email)} />;
  }
  if (step !== null) {
    return (
      <>
        <p className="auth-other">{say("verifyFirst", { email: step.unverified })}</p>
        <CodeForm
          purpose="verify"
          knownEmail={step.unverified}
          onDone={verified}
          onChallenge={toChallenge}
        />
      </>
    );
  }
  if (mode === "code" || mode === "verify") {
    return (
      <>
        <CodeForm
          purpose={mode === "code" ? "login" : "verify"}
          knownEmail={knownEmail}
          onDone={mode === "code" ? loggedIn : verified}
          onChallenge={toChallenge}
        />
        {mode === "code" && <Ways mode={mode} onMode={onMode} />}
      </>
    );
  }
  if (mode === "reset") {
    return (
      <>
        <CodeForm
          purpose="reset"
          knownEmail={knownEmail}
          onDone={() => {
            showToast("plain", say("passwordSet"));
            onMode("log-in");
          }}
          onChallenge={toChallenge}
        />
        <Ways mode={mode} onMode={onMode} />
      </>
    );
  }
  return (
    <>
      <PasswordForm
        isNew={mode === "sign-up"}
        onDone={loggedIn}
        onChallenge={toChallenge}
        onUnverified={(email) => setStep({ unverified: email })}
      />
      <Ways mode={mode} onMode={onMode} />
    </>
  );
}

const OTHER_WAYS = {
  "log-in": [
    ["code", "withCode"],
    ["reset", "forgotten"],
  ],
  "sign-up": [],
  code: [["log-in", "withPassword"]],
  reset: [["log-in", "withPassword"]],
} as const;

function Ways({
  mode,
  onMode,
}: {
  mode: Exclude<AuthMode, "verify">;
  onMode: (mode: AuthMode) => void;
}) {
  const isNew = mode === "sign-up";
  return (
    <div className="auth-other">
      {OTHER_WAYS[mode].map(([to, label]) => (
        <p key={to}>
          <button type="button" className="link" onClick={() => onMode(to)}>
            {say(label)}
          </button>
        </p>
      ))}
      <p>
        {say(isNew ? "haveAccount" : "needAccount")}{" "}
        <button type="button" className="link" onClick={() => onMode(isNew ? "log-in" : "sign-up")}>
          {say(isNew ? "logIn" : "signUp")}
        </button>
      </p>
    </div>
  );
}
