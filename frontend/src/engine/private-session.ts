import type { Balance, Fill, Order } from "../api/types";
import { PrivateSequence } from "./private-sequence";
import type { PrivateMessage } from "./protocol";
import type { WireMessage } from "./socket";

/** What the exchange could not answer just now is asked again. */
const RETRY_MS = 2_000;
const CHANNELS = ["orders", "fills", "balances"] as const;
type PrivateChannel = (typeof CHANNELS)[number];

export interface PrivateOutlet {
  send(request: WireMessage, answered?: (answer: WireMessage) => void): void;
  deliver(message: PrivateMessage): void;
  unauthorized(): void;
  /** A socket once signed in stays so: only a new one is nobody's. */
  reconnect(): void;
}

/** The account's own channels: signs the socket in, follows each by sequence, starts over after a gap. */
export class PrivateSession {
  private token: string | null = null;
  private accountId: number | null = null;
  private subscribed = false;
  private sequences = newSequences();

  constructor(private readonly outlet: PrivateOutlet) {}

  /** A new token for the same account keeps the channels; none ends them. */
  setToken(token: string | null, accountId: number | null = null): void {
    const wasSignedIn = this.token !== null;
    this.token = token;
    this.accountId = accountId;
    if (token !== null) this.authenticate();
    else if (wasSignedIn) this.outlet.reconnect();
  }

  connected(): void {
    this.subscribed = false;
    if (this.token !== null) this.authenticate();
  }

  /** True if the message was of a private channel. */
  message(message: WireMessage): boolean {
    const channel = message.channel as PrivateChannel;
    if (!CHANNELS.includes(channel)) return false;
    if (this.token === null) return true;
    const seq = message.seq as number;
    if (message.type === "snapshot") {
      this.sequences[channel].snapshot(seq);
    } else {
      const verdict = this.sequences[channel].accept(message.prev as number | undefined, seq);
      if (verdict === "gap") this.restart(channel);
      if (verdict !== "next") return true;
    }
    this.outlet.deliver(decode(channel, message, seq));
    return true;
  }

  private authenticate(): void {
    const { token, accountId } = this;
    const account = accountId === null ? {} : { account_id: accountId };
    this.outlet.send({ op: "auth", token, ...account }, (answer) => {
      if (answer.ok === true) {
        if (!this.subscribed) this.subscribe();
      } else if ((answer.error as { code?: string }).code === "UNAUTHENTICATED") {
        this.outlet.unauthorized();
      } else {
        setTimeout(() => token === this.token && this.authenticate(), RETRY_MS);
      }
    });
  }

  private subscribe(): void {
    this.subscribed = true;
    this.sequences = newSequences();
    for (const channel of CHANNELS) this.outlet.send({ op: "subscribe", channel });
  }

  private restart(channel: PrivateChannel): void {
    this.sequences[channel] = new PrivateSequence();
    this.outlet.send({ op: "unsubscribe", channel });
    this.outlet.send({ op: "subscribe", channel });
  }
}

function newSequences(): Record<PrivateChannel, PrivateSequence> {
  return {
    orders: new PrivateSequence(),
    fills: new PrivateSequence(),
    balances: new PrivateSequence(),
  };
}

function decode(channel: PrivateChannel, message: WireMessage, seq: number): PrivateMessage {
  const snapshot = message.type === "snapshot";
  if (channel === "orders") return { channel, snapshot, orders: several<Order>(message, "order") };
  if (channel === "fills") return { channel, snapshot, fills: several<Fill>(message, "fill") };
  return { channel, snapshot, seq, balances: several<Balance>(message, "balance") };
}

/** A snapshot holds a list, an update one: `orders` or `order`. */
function several<T>(message: WireMessage, name: string): T[] {
  const list = message[`${name}s`];
  if (Array.isArray(list)) return list as T[];
  return message[name] === undefined ? [] : [message[name] as T];
}
