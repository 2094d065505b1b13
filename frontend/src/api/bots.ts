import type { components } from "./generated/schema";
import { type Headers, request } from "./http";

/** The exchange's bots: what they do, and their control. Apart from the rest: one page alone needs it. */

type Schemas = components["schemas"];

export type Bot = Schemas["Bot"];
export type Bots = Schemas["Bots"];
export type BotState = Bot["state"];
export type BotHolding = Schemas["BotHolding"];
export type BotOrder = Schemas["BotOrder"];
export type BotParameter = Schemas["BotParameter"];
export type BotStrategy = Schemas["BotStrategy"];
export type NewBot = Schemas["NewBot"];
/** Texts by parameter. */
export type ParameterTexts = Readonly<Record<string, string>>;

const pathOf = (name: string) => `/bots/${encodeURIComponent(name)}`;

export const getBots = () => request<Bots>("GET", "/bots");
export const addBot = (body: NewBot, proof: Headers) =>
  request<Bot>("POST", "/bots", { body, headers: proof });
export const startBot = (name: string, proof: Headers) =>
  request<Bot>("POST", `${pathOf(name)}/start`, { headers: proof });
export const stopBot = (name: string, proof: Headers) =>
  request<Bot>("POST", `${pathOf(name)}/stop`, { headers: proof });
export const changeBot = (name: string, parameters: ParameterTexts, proof: Headers) =>
  request<Bot>("PATCH", `${pathOf(name)}/parameters`, { body: { parameters }, headers: proof });
export const removeBot = (name: string, proof: Headers) =>
  request<void>("DELETE", pathOf(name), { headers: proof });
