/**
 * The latest picture of each kind, drawn at most once an animation frame. Pictures that arrive in between
 * replace one another: a screen has no use for the older one.
 */
export class FrameSlot<T> {
  private latest: T | null = null;
  private readonly drawers = new Set<(frame: T) => void>();
  private requested = 0;

  set(frame: T): void {
    this.latest = frame;
    if (this.requested === 0) this.requested = requestAnimationFrame(() => this.draw());
  }

  get(): T | null {
    return this.latest;
  }

  clear(): void {
    this.latest = null;
  }

  /** Calls `drawer` now, if there is a picture, and on every later one; returns the way to stop. */
  subscribe(drawer: (frame: T) => void): () => void {
    this.drawers.add(drawer);
    if (this.latest !== null) drawer(this.latest);
    return () => this.drawers.delete(drawer);
  }

  private draw(): void {
    this.requested = 0;
    const frame = this.latest;
    if (frame === null) return;
    for (const drawer of this.drawers) drawer(frame);
  }
}
