import { parseFixed } from "../../lib/fixed-point";
import { type Problem, readStep } from "../../state/order-fields";
import {
  canBeIceberg,
  type Draft,
  hasPrice,
  hasStopLimit,
  hasTrigger,
  timesInForce,
  trails,
} from "./draft";
import { isMet, isOutsideCollar, trailingTrigger } from "./triggers";
import { referencePrice, type World } from "./world";

/** What a draft says, in whole units. What its kind does not have is null. */
export interface Terms {
  draft: Draft;
  price: bigint | null;
  /** Null: given by `budget`. */
  qty: bigint | null;
  budget: bigint | null;
  /** As typed, or where a trailing stop would stand now. */
  trigger: bigint | null;
  trailingBps: number | null;
  stopLimit: bigint | null;
  display: bigint | null;
  expiresAtS: number | null;
}

export type FieldName =
  | "price"
  | "amount"
  | "trigger"
  | "trailing"
  | "stopLimit"
  | "display"
  | "expiresAt";
export type FieldProblems = Partial<Record<FieldName, Problem>>;

const TRAILING_BPS_MAX = 9_999n;
/** An iceberg shows itself in at most so many slices. */
const SLICES_MAX = 100n;

/** Terms, or what is wrong with which field. */
export function readTerms(draft: Draft, world: World): Terms | FieldProblems {
  const problems: FieldProblems = {};
  const note = <T>(field: FieldName, wanted: boolean, read: () => T | Problem): T | null => {
    if (!wanted) return null;
    const found = read();
    if (!isProblem(found)) return found;
    problems[field] = found;
    return null;
  };
  const price = note("price", hasPrice(draft), () => readLimit(draft.price, world));
  const typed = note("trigger", hasTrigger(draft), () => readTrigger(draft, world));
  const bps = note("trailing", trails(draft), () => readTrailing(draft.trailingPercent, world));
  const stopLimit = note("stopLimit", hasStopLimit(draft), () =>
    readLimit(draft.stopLimitPrice, world),
  );
  const amount = note("amount", true, () => readAmount(draft, world));
  const isIceberg = canBeIceberg(draft) && draft.displayQty !== "";
  const display = note("display", isIceberg && amount !== null, () =>
    readDisplay(draft.displayQty, amount!, world),
  );
  const isDated = timesInForce(draft).length > 0 && draft.timeInForce === "gtd";
  const expiresAtS = note("expiresAt", isDated, () => readExpiry(draft.expiresAt, world));
  if (Object.keys(problems).length > 0) return problems;
  return {
    draft,
    price,
    qty: draft.byBudget ? null : amount,
    budget: draft.byBudget ? amount : null,
    trigger: bps === null ? typed : trailingNow(draft, bps, world),
    trailingBps: bps === null ? null : Number(bps),
    stopLimit,
    display,
    expiresAtS,
  };
}

export function isTerms(read: Terms | FieldProblems): read is Terms {
  return "draft" in read;
}

/** Where a stop that trails by what is typed would stand now; null while that cannot be said. */
export function trailingTriggerNow(draft: Draft, world: World): bigint | null {
  const bps = readTrailing(draft.trailingPercent, world);
  return isProblem(bps) ? null : trailingNow(draft, bps, world);
}

function trailingNow(draft: Draft, bps: bigint, world: World): bigint | null {
  const reference = referencePrice(world);
  return reference === null ? null : trailingTrigger(draft.side, reference, bps, world.spec);
}

function isProblem(found: unknown): found is Problem {
  return typeof found === "object" && found !== null && "key" in found;
}

function readLimit(text: string, world: World): bigint | Problem {
  const { spec } = world;
  const price = readStep(text, spec.priceDecimals, spec.tick);
  if (isProblem(price)) return price;
  const isFar = isOutsideCollar(price, referencePrice(world), spec);
  return isFar ? { key: "error.PRICE_OUTSIDE_COLLAR" } : price;
}

function readTrigger(draft: Draft, { spec, lastPrice }: World): bigint | Problem {
  const trigger = readStep(draft.triggerPrice, spec.priceDecimals, spec.tick);
  if (isProblem(trigger) || lastPrice === null) return trigger;
  const takesProfit = draft.kind === "take_profit" || draft.kind === "take_profit_limit";
  const met = isMet(draft.side, trigger, lastPrice, takesProfit);
  return met ? { key: "error.WOULD_TRIGGER_AT_ONCE" } : trigger;
}

/** Hundredths of a percent. */
function readTrailing(text: string, world: World): bigint | Problem {
  if (text.trim() === "") return { key: "problem.required" };
  const bps = parseFixed(text, 2);
  if (bps === null && parseFixed(text, 30) === null) return { key: "problem.number" };
  if (bps === null || bps < 1n || bps > TRAILING_BPS_MAX) return { key: "problem.trailing" };
  return referencePrice(world) === null ? { key: "error.NO_REFERENCE_PRICE" } : bps;
}

function readAmount(draft: Draft, { spec }: World): bigint | Problem {
  return draft.byBudget
    ? readStep(draft.amount, spec.quoteScale, 1n)
    : readStep(draft.amount, spec.qtyDecimals, spec.lot);
}

function readDisplay(text: string, qty: bigint, { spec }: World): bigint | Problem {
  const display = readStep(text, spec.qtyDecimals, spec.lot);
  if (isProblem(display)) return display;
  const makesSlices = display < qty && display * SLICES_MAX >= qty;
  return makesSlices ? display : { key: "error.INVALID_DISPLAY_QUANTITY" };
}

function readExpiry(text: string, { nowMs }: World): number | Problem {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) return { key: "problem.required" };
  return atMs > nowMs ? Math.floor(atMs / 1_000) : { key: "error.INVALID_EXPIRY" };
}
