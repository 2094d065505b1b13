import { useEffect } from "react";

/**
 * Keys, while no dialog is open: single ones such as `b` unless something is being typed, and `ctrl+k`, which is
 * ⌘ K on a Mac.
 */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const name = shortcutOf(event);
      if (name === null || (!name.startsWith("ctrl+") && isTyping(event.target))) return;
      if (document.querySelector("dialog[open]") !== null) return;
      const action = actions[name];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  });
}

type Pressed = Pick<
  KeyboardEvent,
  "key" | "altKey" | "ctrlKey" | "metaKey" | "defaultPrevented" | "repeat"
>;

/** What a key is called here; null if it means nothing. One that is held down means what it says once. */
export function shortcutOf(event: Pressed): string | null {
  if (event.altKey || event.defaultPrevented || event.repeat) return null;
  return (event.ctrlKey || event.metaKey ? "ctrl+" : "") + event.key.toLowerCase();
}

/** Of a button that says yes: a key still held down from before it was there is no answer. */
export function refuseHeldKey(event: Pick<Event, "preventDefault"> & { repeat: boolean }): void {
  if (event.repeat) event.preventDefault();
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return element?.matches("input:not([type=radio], [type=checkbox]), select, textarea") === true;
}
