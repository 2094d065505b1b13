import { expect, test } from "vitest";
import { ApiError } from "../../src/api/http";
import { bodyOf, EMPTY_DRAFT, problemsOf } from "../../src/features/api-keys/key-draft";
import { refusalText } from "../../src/features/api-keys/refusals";
import { PROGRAMS, programsFor, snippet } from "../../src/features/api-keys/snippets";
import { deviceName, grouped } from "../../src/features/security/device";
import {
  aboutAccount,
  judgeTransfer,
  newTransferKey,
} from "../../src/features/sub-accounts/transfer-draft";
import { ACCOUNT_WORDS } from "../../src/i18n/account";
import { API_KEY_WORDS } from "../../src/i18n/api-keys";
import { SECURITY_WORDS } from "../../src/i18n/security";
import { SUB_ACCOUNT_WORDS } from "../../src/i18n/sub-accounts";

test("a browser is told as people say it, a program by its name", () => {
  const chrome =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";
  expect(deviceName(chrome)).toBe("Chrome on Windows");
  expect(deviceName(`${chrome} Edg/156.0`)).toBe("Edge on Windows");
  expect(deviceName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe(
    "Firefox on Linux",
  );
  expect(deviceName("python-requests/2.32")).toBe("python-requests");
  expect(deviceName("")).toBe("Unknown device");
});

test("a secret stands in groups of four", () => {
  expect(grouped("GX2MKOTYMV4N6")).toBe("GX2M KOTY MV4N 6");
});

test("a key needs a name, a permission, and networks before it withdraws", () => {
  expect(problemsOf(EMPTY_DRAFT)).toEqual({ label: "Enter a value." });
  expect(problemsOf({ ...EMPTY_DRAFT, label: "bot", permissions: [] }).permissions).toBe(
    "Choose at least one.",
  );
  const withdraws = { ...EMPTY_DRAFT, label: "bot", permissions: ["withdraw"] as const };
  expect(problemsOf(withdraws).networks).toBe("A key that withdraws needs networks.");
  expect(problemsOf({ ...withdraws, networks: "203.0.113.0/24, 2001:db8::/32" })).toEqual({});
  for (const odd of ["localhost", "203.0.113.256", "10.0.0.1:80", "1.2.3", "::1/64/2"]) {
    expect(problemsOf({ ...withdraws, networks: odd }).networks).toBe(
      `${odd} is neither an address nor a network.`,
    );
  }
  expect(problemsOf({ ...EMPTY_DRAFT, label: "bot", publicKey: " " }).publicKey).toBeDefined();
});

test("a key asks for what was chosen, its end exact to the nanosecond", () => {
  const draft = { ...EMPTY_DRAFT, label: " bot ", days: 7, networks: "::1 10.0.0.0/8" };
  expect(bodyOf({ ...draft, permissions: ["trade", "read"] }, 1_795_196_400_123)).toEqual({
    label: "bot",
    permissions: ["read", "trade"],
    allowed_networks: ["::1", "10.0.0.0/8"],
    expires_ts_ns: "1795801200123000000",
    public_key: null,
  });
  expect(bodyOf({ ...draft, days: 0 }, 0).expires_ts_ns).toBeNull();
});

test("a program has this exchange's address and the key in it, and no other exchange's", () => {
  const terms = { origin: "https://bell.example:8443", apiKey: "ob1", secret: "s3", isPair: false };
  for (const program of PROGRAMS) {
    const text = snippet(program, terms);
    expect(text).toContain('"ob1"');
    expect(text).toContain('"s3"');
    expect(new Set(text.match(/(?:https?|wss?):\/\/[^/"]+/g))).toEqual(
      new Set(
        program === "openbell"
          ? ["https://bell.example:8443"]
          : ["https://bell.example:8443", "wss://bell.example:8443"],
      ),
    );
    expect(snippet(program, { ...terms, secret: null })).toContain("YOUR_SECRET");
  }
});

test("a key pair's programs read the private key where it is, and ours is not among them", () => {
  const terms = { origin: "http://h", apiKey: "ob1", secret: null, isPair: true };
  expect(programsFor(true)).toEqual(["ccxt", "python-binance"]);
  for (const program of programsFor(true)) {
    expect(snippet(program, terms)).toContain('open("key.pem").read()');
    expect(snippet(program, terms)).not.toContain("YOUR_SECRET");
  }
});

test("a refused public key is told in words", () => {
  const refused = new ApiError(400, "INVALID_REQUEST", "public_key: not a public key");
  expect(refusalText(refused)).toContain("not a public key that can be used");
});

test("a transfer is judged exactly, to the last decimal", () => {
  const draft = { from: 1, to: 2, asset: "USDT", amount: "500.00000001" };
  const available = 50_000_000_001n;
  expect(judgeTransfer(draft, available, 8)).toEqual({ problem: null, amount: "500.00000001" });
  expect(judgeTransfer(draft, available - 1n, 8).problem).toBe("Only 500 USDT available.");
  expect(judgeTransfer({ ...draft, amount: ".5" }, available, 8).amount).toBe("0.50000000");
  expect(judgeTransfer({ ...draft, amount: "0.000000001" }, available, 8).problem).toBe(
    "At most 8 decimals.",
  );
  expect(judgeTransfer({ ...draft, amount: "1,5" }, available, 8).problem).toBe(
    "Digits and one decimal point only.",
  );
  expect(judgeTransfer({ ...draft, amount: "0" }, available, 8).problem).toBe(
    "Must be above zero.",
  );
  expect(judgeTransfer({ ...draft, to: 1 }, available, 8).problem).toBe(
    "Choose two different accounts.",
  );
  expect(judgeTransfer(draft, null, 8).amount).toBeNull();
});

test("what one account has is not taken for what another has while that is loading", () => {
  const loaded = { accountId: 1, balances: [] };
  expect(aboutAccount(loaded, 1)).toBe(loaded);
  expect(aboutAccount(loaded, 2)).toBeNull();
  expect(aboutAccount(null, 1)).toBeNull();
});

test("each transfer has a key of its own", () => {
  const keys = new Set(Array.from({ length: 100 }, newTransferKey));
  expect(keys.size).toBe(100);
  expect([...keys].every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
});

test.each([ACCOUNT_WORDS, API_KEY_WORDS, SECURITY_WORDS, SUB_ACCOUNT_WORDS])(
  "every language says all of it, with the same values",
  (catalogues: Record<string, Record<string, string>>) => {
    const valuesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const words of Object.values(catalogues)) {
      for (const [key, text] of Object.entries(words)) {
        expect(text).not.toContain("!");
        expect(valuesOf(text)).toEqual(valuesOf(catalogues.en![key]!));
      }
    }
  },
);
