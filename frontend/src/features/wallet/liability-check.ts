import type { LiabilityProof } from "../../api/wallet";

/**
 * Whether a balance leads to the published root, worked out here: SHA-256 over both children's hashes and sums.
 * The bytes are those of `openbell verify-liabilities`.
 */

type Leaf = LiabilityProof["leaves"][number];
type Bytes = Uint8Array<ArrayBuffer>;

const SUM_BYTES = 16;
const ACCOUNT_BYTES = 8;
const SUM_MAX = 2n ** 63n;

export async function leadsToRoot(proof: LiabilityProof, leaf: Leaf): Promise<boolean> {
  const root = proof.publication.assets.find(({ asset }) => asset === leaf.asset);
  if (root === undefined) return false;
  const name = new TextEncoder().encode(leaf.asset);
  let sum = BigInt(leaf.amount_atoms);
  const account = bigEndian(BigInt(proof.account_id), ACCOUNT_BYTES);
  const length = Uint8Array.of(name.length);
  let hash = await sha256(
    Uint8Array.of(0),
    fromHex(leaf.salt),
    account,
    length,
    name,
    bigEndian(sum, SUM_BYTES),
  );
  for (const step of leaf.path) {
    const beside = BigInt(step.sum_atoms);
    if (beside < 0n || sum + beside >= SUM_MAX) return false;
    const here = [hash, bigEndian(sum, SUM_BYTES)];
    const there = [fromHex(step.hash), bigEndian(beside, SUM_BYTES)];
    const [left, right] = step.side === "left" ? [there, here] : [here, there];
    hash = await sha256(Uint8Array.of(1), ...left!, ...right!);
    sum += beside;
  }
  return toHex(hash) === root.root_hash && sum === BigInt(root.total_atoms);
}

async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

function bigEndian(value: bigint, length: number): Bytes {
  return fromHex(value.toString(16).padStart(length * 2, "0"));
}

function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
