import { useEffect } from "react";
import { create } from "zustand";
import * as api from "../../api/bots";
import { ApiError, type Headers } from "../../api/http";
import { say } from "../../i18n/bots";
import { pollWhileVisible } from "../../state/poll";
import { withSecondFactor } from "../../state/second-factor";
import { showToast } from "../../state/toasts";
import { refusalText } from "./refusals";

const EVERY_MS = 2_000;

interface BotsOnScreen {
  /** `none`: the exchange runs no bots at all. */
  status: "loading" | "ready" | "none";
  bots: readonly api.Bot[];
  strategies: readonly api.BotStrategy[];
  /** The last time it was asked there was no answer. */
  isAway: boolean;
  /** False once the exchange has said that this user may only look. */
  mayControl: boolean;
}

const BEGINNING: BotsOnScreen = {
  status: "loading",
  bots: [],
  strategies: [],
  isAway: false,
  mayControl: true,
};

export const useBots = create<BotsOnScreen>(() => BEGINNING);

/** How many changes were made from here: an answer asked for before the last of them is old. */
let changes = 0;

/** Keeps the bots up to date while the component is there and the page is visible. */
export function useBotsUpToDate(): void {
  useEffect(() => {
    useBots.setState(BEGINNING);
    return pollWhileVisible(loadBots, EVERY_MS);
  }, []);
}

export async function loadBots(): Promise<void> {
  const changesBefore = changes;
  try {
    const { bots, strategies } = await api.getBots();
    if (changes !== changesBefore) return;
    useBots.setState({ status: "ready", bots, strategies, isAway: false });
  } catch (error) {
    const isNone = error instanceof ApiError && error.status === 404;
    useBots.setState(isNone ? { ...BEGINNING, status: "none" } : { isAway: true });
  }
}

/** Null, or the error with which the exchange refused; so do the others. */
export async function addBot(body: api.NewBot): Promise<unknown> {
  const add = async (proof: Headers) => put(await api.addBot(body, proof));
  return done(say("started", { name: body.name }), add);
}

export async function changeBot(name: string, texts: api.ParameterTexts): Promise<unknown> {
  const change = Object.entries(texts)
    .map(([parameter, text]) => `${parameter} ${text}`)
    .join(", ");
  const set = async (proof: Headers) => put(await api.changeBot(name, texts, proof));
  return done(say("changed", { name, change }), set);
}

export async function startBot(name: string): Promise<void> {
  const start = async (proof: Headers) => put(await api.startBot(name, proof));
  warn(await done(say("started", { name }), start));
}

export async function stopBot(name: string): Promise<void> {
  const stop = async (proof: Headers) => put(await api.stopBot(name, proof));
  warn(await done(say("stoppedNow", { name }), stop));
}

export async function removeBot(name: string): Promise<void> {
  const remove = async (proof: Headers) => {
    await api.removeBot(name, proof);
    useBots.setState(({ bots }) => ({ bots: bots.filter((bot) => bot.name !== name) }));
  };
  warn(await done(say("removed", { name }), remove));
}

async function done(said: string, change: (proof: Headers) => Promise<void>): Promise<unknown> {
  try {
    await withSecondFactor(change);
    showToast("plain", said);
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.code === "FORBIDDEN") {
      useBots.setState({ mayControl: false });
    }
    return error;
  } finally {
    changes += 1;
  }
}

function warn(error: unknown): void {
  if (error !== null) showToast("warning", refusalText(error));
}

function put(bot: api.Bot): void {
  useBots.setState(({ bots }) => {
    const isKnown = bots.some(({ name }) => name === bot.name);
    const others = bots.map((each) => (each.name === bot.name ? bot : each));
    return { bots: isKnown ? others : [...bots, bot] };
  });
}
