import { codeHeader } from "./credentials";
import type { components } from "./generated/schema";
import { request } from "./http";

type Schemas = components["schemas"];

export type ApiKey = Schemas["ApiKey"];
export type ApiKeyWithSecret = Schemas["ApiKeyWithSecret"];
export type NewApiKey = Schemas["NewApiKey"];
export type Permission = NewApiKey["permissions"][number];

export const getApiKeys = () => request<{ api_keys: ApiKey[] }>("GET", "/api-keys");
/** The key is for the account that the page acts for. */
export const makeApiKey = (body: NewApiKey, code: string) =>
  request<ApiKeyWithSecret>("POST", "/api-keys", { body, headers: codeHeader(code) });
export const revokeApiKey = (apiKey: string) =>
  request<void>("DELETE", `/api-keys/${encodeURIComponent(apiKey)}`);
