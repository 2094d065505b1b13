import type { AdminWord } from "../../i18n/admin";

/** The operator's screens, each an address. */
export const SECTIONS = [
  "system",
  "users",
  "instruments",
  "fees",
  "withdrawals",
  "proposals",
  "revenue",
  "books",
  "log",
] as const satisfies readonly AdminWord[];

export type Section = (typeof SECTIONS)[number];

export const ADMIN_PATH = "/admin";

/** Where a section is, or one thing of it. */
export function adminPath(section: Section, of?: string | number): string {
  const path = `${ADMIN_PATH}/${section}`;
  return of === undefined ? path : `${path}/${encodeURIComponent(of)}`;
}
