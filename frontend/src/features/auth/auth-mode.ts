/**
 * The ways in: with the password, as somebody new, with a code by e-mail, with a new password; and the proof that
 * one's address is one's own.
 */
export type AuthMode = "log-in" | "sign-up" | "code" | "reset" | "verify";
