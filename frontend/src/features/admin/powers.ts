import type { Role } from "../../api/admin";
import { useSession } from "../../state/session";

/** What the role of who is logged in is for. The exchange looks again at each request. */
export interface Powers {
  sees: boolean;
  acts: boolean;
}

export function usePowers(): Powers {
  return powersOf(useSession((session) => session.user?.role));
}

export function powersOf(role: string | undefined): Powers {
  const acts = role === ("admin" satisfies Role);
  return { sees: acts || role === ("support" satisfies Role), acts };
}
