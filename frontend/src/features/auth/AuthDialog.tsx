import { say } from "../../i18n/auth";
import { useSession } from "../../state/session";
import { Dialog } from "../../ui/Dialog";
import { AuthForms, authTitle } from "./AuthForms";
import type { AuthMode } from "./auth-mode";

interface Props {
  mode: AuthMode;
  onMode: (mode: AuthMode) => void;
  onClose: () => void;
}

/** The ways in over the page one is on: the market stays in view. */
export default function AuthDialog({ mode, onMode, onClose }: Props) {
  const user = useSession((session) => session.user);
  return (
    <Dialog title={authTitle(mode)} closeLabel={say("close")} onClose={onClose}>
      <AuthForms
        key={mode}
        mode={mode}
        knownEmail={mode === "verify" ? (user?.email ?? null) : null}
        onMode={onMode}
        onDone={onClose}
      />
    </Dialog>
  );
}
