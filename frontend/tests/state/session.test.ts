import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { request } from "../../src/api/http";
import { logIn, logOut, restoreSession, useSession } from "../../src/state/session";

const session = (user_id: number, access_token: string) => ({
  access_token,
  expires_in_s: 900,
  user: { user_id, email: `user${user_id}@example.com`, account_id: user_id },
});
const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

/** Whose refresh cookie the browser has: all its tabs share it. -1: asked too often. */
let cookieOf = 0;
let reloads = 0;
/** What was asked to be done, with the token it was asked with. */
let sent: string[] = [];

beforeEach(async () => {
  vi.useFakeTimers();
  sent = [];
  reloads = 0;
  cookieOf = 0;
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("location", { reload: () => (reloads += 1) });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    if (path.endsWith("/login")) return answer(200, session(1, "first"));
    if (path.endsWith("/refresh"))
      return cookieOf <= 0
        ? answer(cookieOf === 0 ? 401 : 429, {})
        : answer(200, session(cookieOf, `of ${cookieOf}`));
    if (!path.endsWith("/withdrawals")) throw new TypeError("the connection failed");
    const token = new Headers(init.headers).get("Authorization") ?? "none";
    sent.push(token);
    return token === "Bearer first" ? answer(401, {}) : answer(200, {});
  });
  await restoreSession();
  await logIn({ email: "user1@example.com", password: "long enough" });
});

afterEach(async () => {
  await logOut();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what an old token could not do is done with the new one of the same person", async () => {
  cookieOf = 1;
  await request("POST", "/withdrawals", { body: {} });
  expect(sent).toEqual(["Bearer first", "Bearer of 1"]);
  expect(reloads).toBe(0);
});

test("what one person began is never done for another who logged in beside them", async () => {
  cookieOf = 2;
  const refused = await request("POST", "/withdrawals", { body: {} }).catch((error) => error);
  expect(refused).toMatchObject({ status: 401 });
  expect(sent).toEqual(["Bearer first"]);
  expect(useSession.getState().user).toBeNull();
  expect(reloads).toBe(1);
});

test("who is told that too much was asked stays logged in and asks again", async () => {
  cookieOf = -1;
  await request("POST", "/withdrawals", { body: {} }).catch(() => undefined);
  expect(useSession.getState().status).toBe("signed-in");
  cookieOf = 1;
  await vi.advanceTimersByTimeAsync(5_000);
  await request("POST", "/withdrawals", { body: {} });
  expect(sent).toEqual(["Bearer first", "Bearer of 1"]);
});
