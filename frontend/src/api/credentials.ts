import type { components } from "./generated/schema";
import { request } from "./http";

/** What keeps a login one's own: its password, its second factor, its sessions. */

type Schemas = components["schemas"];

export type SessionInfo = Schemas["SessionInfo"];
export type Enrolment = Schemas["Enrolment"];

/** The header that proves a second factor; none where the login has none. */
export const codeHeader = (code: string): Record<string, string> =>
  code.trim() === "" ? {} : { "X-Openbell-Code": code.trim() };

export const changePassword = (password: string, newPassword: string, code: string) =>
  request<void>("PUT", "/me/password", {
    body: { password, new_password: newPassword },
    headers: codeHeader(code),
  });

export const beginTotp = (password: string) =>
  request<Enrolment>("POST", "/me/totp", { body: { password } });
export const confirmTotp = (code: string) =>
  request<Schemas["RecoveryCodes"]>("POST", "/me/totp/confirm", { body: { code } });
export const newRecoveryCodes = (password: string, code: string) =>
  request<Schemas["RecoveryCodes"]>("POST", "/me/totp/recovery-codes", {
    body: { password },
    headers: codeHeader(code),
  });
export const disableTotp = (password: string, code: string) =>
  request<void>("POST", "/me/totp/disable", { body: { password }, headers: codeHeader(code) });

export const getSessions = () => request<{ sessions: SessionInfo[] }>("GET", "/me/sessions");
export const endSession = (sessionId: string) =>
  request<void>("DELETE", `/me/sessions/${encodeURIComponent(sessionId)}`);
export const endOtherSessions = () => request<void>("DELETE", "/me/sessions");
