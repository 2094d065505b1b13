import type { TradingStatus } from "../../api/admin";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { formatDateTime } from "../../lib/format";
import { type ActField, type ActPlan, type Texts, withReason } from "./act";

/** Changes of an instrument's status that wait for their time. */

const GOES_TO: readonly TradingStatus[] = ["trading", "auction", "cancel_only", "halt", "closed"];
const MS_PER_S = 1_000;
const DAYS_MAX = 366;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const pathOf = (symbol: string) => `/admin/instruments/${encodeURIComponent(symbol)}`;

export function schedulePlan(symbol: string): ActPlan {
  return {
    title: say("scheduleOf", { symbol }),
    words: ({ status, at = "" }) => {
      const ms = Date.parse(at);
      if (Number.isNaN(ms)) return say("chooseTime");
      const values = { symbol, time: formatDateTime(ms), status: statusText(status) };
      return say("scheduleWords", values);
    },
    confirm: say("scheduleIt"),
    fields: [
      {
        name: "status",
        label: say("goesTo"),
        kind: "choice",
        initial: "halt",
        options: GOES_TO.map((value) => ({ value, label: t(`trading.${value}`) })),
      },
      { name: "at", label: say("at"), kind: "time", initial: "", hint: () => say("localTime") },
    ],
    judge: ({ at = "" }): Record<string, string> =>
      at !== "" && Number.isNaN(Date.parse(at)) ? { at: say("badTime") } : {},
    reason: "optional",
    wanted: ({ status, at = "" }, reason) => ({
      method: "POST",
      path: `${pathOf(symbol)}/schedule`,
      body: { status, at_s: Math.floor(Date.parse(at) / MS_PER_S), ...withReason(reason) },
    }),
  };
}

function statusText(status: string | undefined): string {
  return t(`trading.${(status ?? "halt") as TradingStatus}`);
}

export function clearSchedulePlan(symbol: string, waiting: number): ActPlan {
  return {
    title: say("clearOf", { symbol }),
    words: () => say("clearWords", { symbol, waiting }),
    confirm: say("clearIt"),
    fields: [],
    reason: "none",
    wanted: () => ({ method: "DELETE", path: `${pathOf(symbol)}/schedule` }),
  };
}

export function calendarPlan(symbol: string): ActPlan {
  return {
    title: say("calendarOf", { symbol }),
    words: ({ days }) => say("calendarWords", { symbol, days: days || "…" }),
    confirm: say("scheduleIt"),
    fields: [
      text("timezone", say("timezone"), "UTC"),
      { name: "days", label: say("days"), kind: "whole", max: DAYS_MAX, initial: "7" },
      choice("open", say("opensWith"), ["trading", "auction"]),
      choice("close", say("closesWith"), ["halt", "cancel_only"]),
      ...WEEKDAYS.map((day) => ({
        ...text(day, say(day), day === "sat" || day === "sun" ? "" : "09:30-16:00"),
        optional: true,
      })),
      { ...text("holidays", say("holidays"), ""), optional: true, hint: () => "2026-12-25, …" },
      {
        ...text("early", say("earlyCloses"), ""),
        optional: true,
        hint: () => "2026-11-27 13:00, …",
      },
    ],
    judge: problemsOfCalendar,
    reason: "optional",
    wanted: (texts, reason) => ({
      method: "PUT",
      path: `${pathOf(symbol)}/calendar`,
      body: { calendar: calendarOf(texts), days: Number(texts.days), ...withReason(reason) },
    }),
  };
}

function text(name: string, label: string, initial: string): ActField {
  return { name, label, kind: "text", initial };
}

function choice(name: string, label: string, statuses: readonly TradingStatus[]): ActField {
  const options = statuses.map((value) => ({ value, label: t(`trading.${value}`) }));
  return { name, label, kind: "choice", initial: statuses[0]!, options };
}

const SESSION = /^\d{2}:\d{2}-\d{2}:\d{2}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const EARLY = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/;

function partsOf(list: string | undefined): string[] {
  return (list ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function problemsOfCalendar(texts: Texts): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const day of WEEKDAYS) {
    if (!partsOf(texts[day]).every((part) => SESSION.test(part))) problems[day] = say("badSession");
  }
  if (!partsOf(texts.holidays).every((part) => DATE.test(part)))
    problems.holidays = say("badDates");
  if (!partsOf(texts.early).every((part) => EARLY.test(part))) problems.early = say("badDates");
  return problems;
}

/** The calendar as the exchange takes it: the keys of its file. */
export function calendarOf(texts: Texts) {
  const sessions = WEEKDAYS.map((day) => [day, partsOf(texts[day])] as const);
  const early = partsOf(texts.early).map((part) => part.split(" ") as [string, string]);
  return {
    timezone: texts.timezone?.trim(),
    open: texts.open,
    close: texts.close,
    sessions: Object.fromEntries(sessions.filter(([, hours]) => hours.length > 0)),
    ...(texts.holidays?.trim() ? { holidays: partsOf(texts.holidays) } : {}),
    ...(early.length > 0 ? { early_closes: Object.fromEntries(early) } : {}),
  };
}
