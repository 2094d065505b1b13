import { expect, test } from "vitest";
import { PrivateSession } from "../../src/engine/private-session";
import type { WireMessage } from "../../src/engine/socket";

function session(): {
  asked: WireMessage[];
  answer: (ok: WireMessage) => void;
  it: PrivateSession;
} {
  const asked: WireMessage[] = [];
  let answered: ((answer: WireMessage) => void) | undefined;
  const it = new PrivateSession({
    send: (request, whenAnswered) => {
      asked.push(request);
      answered = whenAnswered ?? answered;
    },
    deliver: () => undefined,
    unauthorized: () => undefined,
    reconnect: () => undefined,
  });
  return { asked, it, answer: (message) => answered?.(message) };
}

test("the socket signs in for the account that is acted for, and follows it", () => {
  const { asked, answer, it } = session();
  it.setToken("token", 1005);
  expect(asked).toEqual([{ op: "auth", token: "token", account_id: 1005 }]);
  answer({ ok: true });
  expect(asked.slice(1).map(({ channel }) => channel)).toEqual(["orders", "fills", "balances"]);
});

test("without a choice it signs in for the main account, and again after a reconnect", () => {
  const { asked, it } = session();
  it.setToken("token", null);
  it.connected();
  expect(asked).toEqual([
    { op: "auth", token: "token" },
    { op: "auth", token: "token" },
  ]);
});
