import type { components } from "./generated/schema";
import { request } from "./http";
import type { SessionAnswer, User } from "./types";

/** The ways in beside e-mail and password: codes by e-mail, the second factor, a new password. */

type Schemas = components["schemas"];

export type CodePurpose = Schemas["CodeRequest"]["purpose"];
export type DemoMail = Schemas["Mail"];

export const requestCode = (email: string, purpose: CodePurpose) =>
  request<void>("POST", "/auth/codes", { body: { email, purpose }, plain: true });
export const verifyEmail = (email: string, code: string) =>
  request<void>("POST", "/auth/verify-email", { body: { email, code }, plain: true });
export const logInByCode = (email: string, code: string) =>
  request<SessionAnswer>("POST", "/auth/login/code", { body: { email, code }, plain: true });
export const finishLogin = (challenge: string, code: string) =>
  request<SessionAnswer>("POST", "/auth/login/second-factor", {
    body: { challenge, code },
    plain: true,
  });
export const resetPassword = (email: string, code: string, password: string) =>
  request<void>("POST", "/auth/password-reset", {
    body: { email, code, password },
    plain: true,
  });
export const getUser = () => request<User>("GET", "/me");
/** What a demo caught for an address, newest first; refused with 404 outside a demo. */
export const getDemoMail = (address: string) =>
  request<{ mail: DemoMail[] }>("GET", `/demo/mail?address=${encodeURIComponent(address)}`, {
    plain: true,
  });
