import { reconnectDelayMs } from "./backoff";

/** The server sends a heartbeat each 5 s: two missed and half of a third mean the path is dead. */
const SILENCE_MAX_MS = 12_500;
/** One heartbeat and a half without a word: shown as stale. */
export const QUIET_MS = 7_500;
const PING_EVERY_MS = 5_000;
const TICK_MS = 1_000;

/** Any message of the server; the reader knows its channel's shape. */
export type WireMessage = Record<string, unknown>;

export interface SocketHandlers {
  opened(): void;
  closed(): void;
  message(message: WireMessage): void;
  /** Once a second, and at each change of the socket itself. */
  ticked(): void;
}

/** A WebSocket that comes back: backoff with jitter, silence detection, round-trip measurement. */
export class ExchangeSocket {
  attempt = 0;
  lastMessageMs: number | null = null;
  roundTripMs: number | null = null;
  private socket: WebSocket | null = null;
  private nextId = 1;
  private readonly waiting = new Map<number, (answer: WireMessage) => void>();
  private pingSentMs = 0;

  constructor(
    private readonly url: string,
    private readonly handlers: SocketHandlers,
  ) {}

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  start(): void {
    setInterval(() => this.tick(), TICK_MS);
    this.connect();
  }

  /** Sends a request; `answered` is not called if the connection ends first. */
  send(request: WireMessage, answered?: (answer: WireMessage) => void): void {
    if (!this.isOpen) return;
    const id = this.nextId;
    this.nextId += 1;
    if (answered !== undefined) this.waiting.set(id, answered);
    this.socket?.send(JSON.stringify({ ...request, id }));
  }

  /** A dead path may take minutes to answer close(): the socket is given up at once. */
  reconnect(): void {
    const socket = this.socket;
    if (socket === null) return;
    socket.onmessage = null;
    socket.close();
    this.lost(socket);
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      this.lastMessageMs = performance.now();
      this.handlers.opened();
      this.ping();
    };
    socket.onmessage = (event: MessageEvent<string>) => this.received(event.data);
    socket.onclose = () => this.lost(socket);
  }

  private received(text: string): void {
    this.lastMessageMs = performance.now();
    this.attempt = 0;
    const message = JSON.parse(text) as WireMessage;
    if (typeof message.id === "number" && message.channel === undefined) {
      const answered = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      answered?.(message);
    } else {
      this.handlers.message(message);
    }
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.waiting.clear();
    this.roundTripMs = null;
    this.attempt += 1;
    this.handlers.closed();
    setTimeout(() => this.connect(), reconnectDelayMs(this.attempt, Math.random()));
  }

  private tick(): void {
    if (this.isOpen) {
      const nowMs = performance.now();
      if (nowMs - (this.lastMessageMs ?? nowMs) > SILENCE_MAX_MS) {
        this.reconnect();
      } else if (nowMs - this.pingSentMs >= PING_EVERY_MS) {
        this.ping();
      }
    }
    this.handlers.ticked();
  }

  private ping(): void {
    const sentMs = performance.now();
    this.pingSentMs = sentMs;
    this.send({ op: "ping" }, () => {
      this.roundTripMs = performance.now() - sentMs;
      this.handlers.ticked();
    });
  }
}
