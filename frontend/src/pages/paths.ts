/** Where each page is. */
export const PATHS = {
  trade: "/trade",
  markets: "/markets",
  orders: "/orders",
  wallet: "/wallet",
  bots: "/bots",
  account: "/account",
  admin: "/admin",
} as const;

/** The parts of the account's page, each at its own address. */
export const ACCOUNT_SECTIONS = ["overview", "security", "keys", "sub-accounts"] as const;
export type AccountSection = (typeof ACCOUNT_SECTIONS)[number];

export function accountPath(section: AccountSection): string {
  return section === "overview" ? PATHS.account : `${PATHS.account}/${section}`;
}

/** Each way in: a page that shows nothing of the market. */
export const AUTH_PATHS = {
  "log-in": "/login",
  "sign-up": "/signup",
  code: "/login/code",
  reset: "/reset",
} as const;

export type PageName = keyof typeof PATHS;

export const PAGES = Object.keys(PATHS) as PageName[];

export function tradePath(symbol: string): string {
  return `${PATHS.trade}/${encodeURIComponent(symbol)}`;
}
