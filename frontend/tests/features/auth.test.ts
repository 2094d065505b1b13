import { expect, test } from "vitest";
import { ApiError, NoAnswerError } from "../../src/api/http";
import {
  challengeOf,
  codeInMail,
  placeAfter,
  problemsOf,
  refusalText,
  wantsVerifiedEmail,
} from "../../src/features/auth/auth-terms";
import { AUTH_WORDS } from "../../src/i18n/auth";

test("what cannot be an entry is said beside its field", () => {
  expect(problemsOf({ email: "nobody", password: "" })).toEqual({
    email: "Enter an email address.",
    password: "Enter a value.",
  });
  expect(problemsOf({ email: " you@example.com ", password: "short" })).toEqual({});
  expect(problemsOf({ password: "seven77" }, true).password).toBe(
    "The password needs at least 8 characters.",
  );
  expect(problemsOf({ code: " " }).code).toBe("Enter a value.");
});

test("a login with a second factor goes on with its challenge", () => {
  const wanted = new ApiError(403, "SECOND_FACTOR_REQUIRED", "go on", { challenge: "abc" });
  expect(challengeOf(wanted)).toBe("abc");
  expect(challengeOf(new ApiError(403, "SECOND_FACTOR_REQUIRED", "no challenge"))).toBeNull();
  expect(challengeOf(new ApiError(401, "INVALID_CREDENTIALS", "no"))).toBeNull();
  expect(wantsVerifiedEmail(new ApiError(403, "EMAIL_NOT_VERIFIED", "verify"))).toBe(true);
});

test("a refused way in is told in words; one without words as the exchange tells it", () => {
  expect(refusalText(new ApiError(401, "INVALID_CODE", "no"))).toBe(
    "The code is wrong, used, or too old.",
  );
  expect(refusalText(new ApiError(409, "NEW_CODE", "as it says"))).toBe("as it says");
  expect(refusalText(new NoAnswerError("POST"))).toBe("The exchange does not answer.");
});

test("the code of a mail is found however it is spaced, and no other number", () => {
  expect(codeInMail("0194 6711\n\nIt is good once, for 10 minutes.")).toBe("01946711");
  expect(codeInMail("01946711")).toBe("01946711");
  expect(codeInMail("order 123456789 of 2026")).toBeNull();
});

test("a login leads to a place of this page only", () => {
  expect(placeAfter("next=/wallet", "/trade")).toBe("/wallet");
  for (const next of [
    "",
    "next=https://evil.example",
    "next=//evil.example",
    "next=/\\evil",
    "next=/%09/evil",
  ]) {
    expect(placeAfter(next, "/trade")).toBe("/trade");
  }
});

test("every language says all of it, with the same values", () => {
  const valuesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const words of Object.values(AUTH_WORDS)) {
    for (const [key, text] of Object.entries(words)) {
      expect(text).not.toContain("!");
      expect(valuesOf(text)).toEqual(valuesOf(AUTH_WORDS.en[key as keyof typeof words]));
    }
  }
});
