import type { Auction, BookDelta, BookSnapshot, Level } from "../api/types";
import { parseSignedUnits, parseUnits } from "../lib/whole-units";
import { BookSide } from "./book-side";
import { bookChecksum } from "./checksum";

/** Deltas kept while a snapshot is awaited; past it the oldest go, and the snapshot must be newer. */
const PENDING_MAX = 1_024;
/** Deltas from one comparison with the exchange's checksum to the next. */
export const CHECK_EVERY = 64;

/**
 * - `waiting`: no snapshot yet, nothing to show
 * - `live`: every delta so far followed on
 * - `stale`: a delta was missed; what is shown is old and may not be traded on
 */
export type BookState = "waiting" | "live" | "stale";

/** What an auction would come to now, in whole units; `price` is null if nothing would trade. */
export interface Indication {
  price: number | null;
  qty: number;
  /** By how much bids at that price outweigh asks; negative: asks outweigh. */
  imbalance: number;
}

export type DeltaResult = "applied" | "ignored" | "kept" | "gap";

/**
 * The public book of one instrument. A delta must name the sequence it follows; one that does not is kept,
 * the book turns stale, and the caller asks for a snapshot. So it does if the checksum is another one.
 */
export class Book {
  readonly bids = new BookSide(true);
  readonly asks = new BookSide(false);
  state: BookState = "waiting";
  seq = 0;
  /** Null outside of auctions. In one, the sides are empty. */
  auction: Indication | null = null;
  private pending: BookDelta[] = [];
  private unchecked = 0;

  constructor(
    private readonly priceDecimals: number,
    private readonly qtyDecimals: number,
  ) {}

  /** True when the snapshot, and the deltas kept meanwhile, left the book live. */
  applySnapshot(snapshot: BookSnapshot): boolean {
    this.bids.clear();
    this.asks.clear();
    this.setLevels(this.bids, snapshot.bids);
    this.setLevels(this.asks, snapshot.asks);
    this.auction = this.indication(snapshot.auction ?? null);
    this.seq = snapshot.seq;
    this.state = "live";
    const kept = this.pending;
    this.pending = [];
    for (const delta of kept) this.applyDelta(delta);
    return this.isLive();
  }

  applyDelta(delta: BookDelta): DeltaResult {
    if (this.state !== "live") {
      this.keep(delta);
      return "kept";
    }
    if (delta.seq <= this.seq) return "ignored";
    if (delta.prev !== this.seq) {
      this.state = "stale";
      this.keep(delta);
      return "gap";
    }
    this.setLevels(this.bids, delta.bids);
    this.setLevels(this.asks, delta.asks);
    this.seq = delta.seq;
    if (this.agrees(delta)) return "applied";
    this.state = "stale";
    return "gap";
  }

  /** The connection is gone: what is shown stays, dimmed, until the next snapshot. */
  markStale(): void {
    if (this.state === "live") this.state = "stale";
    this.pending = [];
  }

  /** A method, so that a caller's earlier look at `state` does not narrow it. */
  private isLive(): boolean {
    return this.state === "live";
  }

  private indication(auction: Auction | null): Indication | null {
    if (auction === null) return null;
    return {
      price: auction.price === null ? null : parseUnits(auction.price, this.priceDecimals),
      qty: parseUnits(auction.qty, this.qtyDecimals),
      imbalance: parseSignedUnits(auction.imbalance, this.qtyDecimals),
    };
  }

  /** Whether the book is the exchange's; looked at now and then, since it is the dearest thing done to one. */
  private agrees({ checksum }: BookDelta): boolean {
    this.unchecked += 1;
    if (checksum === undefined || this.unchecked < CHECK_EVERY) return true;
    this.unchecked = 0;
    return checksum === bookChecksum([this.bids, this.asks], this.priceDecimals, this.qtyDecimals);
  }

  private keep(delta: BookDelta): void {
    this.pending.push(delta);
    if (this.pending.length > PENDING_MAX) this.pending.shift();
  }

  private setLevels(side: BookSide, levels: Level[]): void {
    for (const [price, qty] of levels) {
      side.set(parseUnits(price, this.priceDecimals), parseUnits(qty, this.qtyDecimals));
    }
  }
}
