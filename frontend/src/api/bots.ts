import type { components } from "./generated/schema";
import { request } from "./http";

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
export const addBot = (body: NewBot) => request<Bot>("POST", "/bots", { body });
export const startBot = (name: string) => request<Bot>("POST", `${pathOf(name)}/start`);
export const stopBot = (name: string) => request<Bot>("POST", `${pathOf(name)}/stop`);
export const changeBot = (name: string, parameters: ParameterTexts) =>
  request<Bot>("PATCH", `${pathOf(name)}/parameters`, { body: { parameters } });
export const removeBot = (name: string) => request<void>("DELETE", pathOf(name));
