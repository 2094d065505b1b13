import { useEffect } from "react";

/**
 * Keys, while no dialog is open: single ones such as `b` unless something is being typed, and `ctrl+k`, which is
 * ⌘ K on a Mac.
 */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const withControl = event.ctrlKey || event.metaKey;
      if (event.altKey || event.defaultPrevented) return;
      if (!withControl && isTyping(event.target)) return;
      if (document.querySelector("dialog[open]") !== null) return;
      const action = actions[(withControl ? "ctrl+" : "") + event.key.toLowerCase()];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  });
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return element?.matches("input:not([type=radio], [type=checkbox]), select, textarea") === true;
}
