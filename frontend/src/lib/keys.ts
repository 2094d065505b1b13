const BYTES = 16;

/** A key that nobody had before. Browsers offer `randomUUID` on secure origins only. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
