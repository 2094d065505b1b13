/** Where each page is. */
export const PATHS = {
  trade: "/trade",
  markets: "/markets",
  bots: "/bots",
} as const;

/** For links of others: it opens nothing that a trader needs before being known. */
export const LOG_IN_PATH = "/login";

export type PageName = keyof typeof PATHS;

export const PAGES = Object.keys(PATHS) as PageName[];

export function tradePath(symbol: string): string {
  return `${PATHS.trade}/${encodeURIComponent(symbol)}`;
}
