/** Where each page is. */
export const PATHS = {
  trade: "/trade",
  markets: "/markets",
  bots: "/bots",
  admin: "/admin",
} as const;

export type PageName = keyof typeof PATHS;

export const PAGES = Object.keys(PATHS) as PageName[];

export function tradePath(symbol: string): string {
  return `${PATHS.trade}/${encodeURIComponent(symbol)}`;
}
