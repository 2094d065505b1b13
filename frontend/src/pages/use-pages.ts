import { useSession } from "../state/session";
import { PAGES, type PageName } from "./paths";

const OPERATORS: readonly (string | undefined)[] = ["support", "admin"];

/** The pages there are for who is logged in: the operator's only for operators. */
export function usePages(): PageName[] {
  const role = useSession((session) => session.user?.role);
  return PAGES.filter((page) => page !== "admin" || OPERATORS.includes(role));
}
