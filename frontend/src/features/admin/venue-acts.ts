import { say } from "../../i18n/admin";
import type { ActPlan } from "./act";

const TYPED = "HALT";

/** The kill switch, and maintenance: nothing is done until the word is typed. */
export function haltVenuePlan(openOrders: number | null): ActPlan {
  return {
    title: say("haltVenue"),
    words: ({ kind }) =>
      `${say("haltWords")} ${say(kind === "maintenance" ? "haltMaintenance" : "haltEmergency")}` +
      (openOrders === null ? "" : ` ${say("haltOrders", { orders: openOrders })}`),
    confirm: say("haltNow"),
    isGrave: true,
    typed: TYPED,
    fields: [
      {
        name: "kind",
        label: say("haltKind"),
        kind: "choice",
        initial: "emergency",
        options: [
          { value: "emergency", label: say("emergency") },
          { value: "maintenance", label: say("maintenance") },
        ],
      },
    ],
    reason: "needed",
    wanted: ({ kind }, reason) => ({
      method: "PUT",
      path: "/admin/venue/status",
      body: { status: "halted", reason: `${kind}: ${reason.trim()}` },
    }),
  };
}

export function openVenuePlan(): ActPlan {
  return {
    title: say("openVenue"),
    words: () => say("openWords"),
    confirm: say("openNow"),
    isGrave: true,
    fields: [],
    reason: "needed",
    wanted: (_, reason) => ({
      method: "PUT",
      path: "/admin/venue/status",
      body: { status: "open", reason: reason.trim() },
    }),
  };
}
