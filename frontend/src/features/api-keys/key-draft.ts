import type { NewApiKey, Permission } from "../../api/api-keys";
import { say } from "../../i18n/api-keys";

/** What is being typed of a new key. */
export interface KeyDraft {
  label: string;
  permissions: readonly Permission[];
  networks: string;
  /** Days until it ends; 0: never. */
  days: number;
  /** Null: the exchange makes a secret. */
  publicKey: string | null;
}

export const PERMISSIONS: readonly Permission[] = ["read", "trade", "withdraw"];
export const DAYS = [0, 7, 30, 90, 365] as const;
export const EMPTY_DRAFT: KeyDraft = {
  label: "",
  permissions: ["read", "trade"],
  networks: "",
  days: 0,
  publicKey: null,
};

export type KeyProblems = Partial<
  Record<"label" | "permissions" | "networks" | "publicKey", string>
>;

const MS_PER_DAY = 86_400_000;

/** What of a draft cannot be, in the words beside its field. */
export function problemsOf(draft: KeyDraft): KeyProblems {
  const problems: KeyProblems = {};
  const networks = networksIn(draft.networks);
  const odd = networks.find((text) => !looksLikeNetwork(text));
  if (draft.label.trim() === "") problems.label = say("needed");
  if (draft.permissions.length === 0) problems.permissions = say("needsPermission");
  if (odd !== undefined) problems.networks = say("badNetwork", { text: odd });
  else if (draft.permissions.includes("withdraw") && networks.length === 0) {
    problems.networks = say("needsNetworks");
  }
  if (draft.publicKey?.trim() === "") problems.publicKey = say("needed");
  return problems;
}

/** What is asked of the exchange. `nowMs`: from when the days count. */
export function bodyOf(draft: KeyDraft, nowMs: number): NewApiKey {
  const endsMs = nowMs + draft.days * MS_PER_DAY;
  return {
    label: draft.label.trim(),
    permissions: PERMISSIONS.filter((one) => draft.permissions.includes(one)),
    allowed_networks: networksIn(draft.networks),
    expires_ts_ns: draft.days === 0 ? null : `${endsMs}000000`,
    public_key: draft.publicKey?.trim() ?? null,
  };
}

export function networksIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== "");
}

/** Rough: the exchange knows exactly. It catches a word, a port, a number past 255. */
function looksLikeNetwork(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  if (more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return false;
  if (address.includes(":")) return /^[0-9a-f:]+(\d+\.){0,3}\d*$/i.test(address);
  const parts = address.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}
