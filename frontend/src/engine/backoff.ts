const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/**
 * Wait before reconnecting attempt `attempt` (from 1): doubling, with full jitter in the upper half so that
 * a thousand browsers do not come back in one instant. `random` is in [0, 1).
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
