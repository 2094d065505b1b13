export type SequenceVerdict = "next" | "old" | "gap";

/**
 * The order of one private channel. The server numbers this account's messages on a channel by event
 * sequence and says which one each follows; the first after a snapshot follows the snapshot or anything
 * before it. Two messages may share a sequence: both sides of a trade with oneself.
 */
export class PrivateSequence {
  private last: number | null = null;

  snapshot(seq: number): void {
    this.last = seq;
  }

  accept(prev: number | undefined, seq: number): SequenceVerdict {
    if (this.last !== null && seq < this.last) return "old";
    if (this.last !== null && prev !== undefined && prev > this.last) return "gap";
    this.last = seq;
    return "next";
  }
}
