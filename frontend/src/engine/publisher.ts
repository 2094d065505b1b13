/** Least time between two pictures of one topic. The eye follows the book; nothing else needs 30 Hz. */
export const PERIOD_MS = {
  book: 33,
  depth: 200,
  tape: 100,
  candle: 150,
  quote: 150,
  ticker: 250,
} as const;

export type Topic = keyof typeof PERIOD_MS;

/** Publishes a topic when it changed, at most once a period, and never while the page is hidden. */
export class Publisher {
  private readonly dirty = new Set<Topic>();
  private readonly timers = new Map<Topic, ReturnType<typeof setTimeout>>();
  private readonly lastMs = new Map<Topic, number>();
  private visible = true;

  constructor(
    private readonly publish: (topic: Topic) => void,
    private readonly nowMs: () => number,
  ) {}

  mark(topic: Topic): void {
    this.dirty.add(topic);
    if (!this.visible || this.timers.has(topic)) return;
    const last = this.lastMs.get(topic) ?? Number.NEGATIVE_INFINITY;
    const waitMs = Math.max(0, last + PERIOD_MS[topic] - this.nowMs());
    this.timers.set(
      topic,
      setTimeout(() => this.flush(topic), waitMs),
    );
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible) for (const topic of [...this.dirty]) this.mark(topic);
  }

  private flush(topic: Topic): void {
    this.timers.delete(topic);
    if (!this.visible || !this.dirty.delete(topic)) return;
    this.lastMs.set(topic, this.nowMs());
    this.publish(topic);
  }
}
