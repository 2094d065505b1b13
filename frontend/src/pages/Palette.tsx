import { type KeyboardEvent, useId, useState } from "react";
import { useLocation } from "wouter";
import { t } from "../i18n/translate";
import { useMarket } from "../state/market";
import { cancelAll } from "../state/orders";
import { useSession } from "../state/session";
import { Dialog } from "../ui/Dialog";
import { PATHS, tradePath } from "./paths";
import { usePages } from "./use-pages";

interface Command {
  name: string;
  run: () => void;
}

interface Props {
  onClose: () => void;
  onSwitchTheme: () => void;
}

const SHOWN_MAX = 12;

/** Every page, market and switch by typing a part of its name. */
export default function Palette({ onClose, onSwitchTheme }: Props) {
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const words = search.toLowerCase().split(/\s+/);
  const found = useCommands(onSwitchTheme)
    .filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)))
    .slice(0, SHOWN_MAX);
  const chosen = found[Math.min(at, found.length - 1)];

  function run(command: Command | undefined): void {
    if (command === undefined) return;
    onClose();
    command.run();
  }

  function keyed(event: KeyboardEvent): void {
    if (event.key === "Enter") run(chosen);
    else if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title={t("palette.title")} closeLabel={t("settings.close")} onClose={onClose}>
      <input
        type="search"
        role="combobox"
        aria-label={t("palette.search")}
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={chosen === undefined ? undefined : `${listId}-${chosen.name}`}
        placeholder={t("palette.search")}
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setAt(0);
        }}
        onKeyDown={keyed}
      />
      <div role="listbox" id={listId} className="palette" aria-label={t("palette.title")}>
        {found.map((command) => (
          <div
            key={command.name}
            id={`${listId}-${command.name}`}
            role="option"
            tabIndex={-1}
            aria-selected={command === chosen}
            onClick={() => run(command)}
            onKeyDown={keyed}
          >
            {command.name}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="empty">{t("palette.none")}</p>}
    </Dialog>
  );
}

function useCommands(onSwitchTheme: () => void): Command[] {
  const [, navigate] = useLocation();
  const instruments = useMarket((market) => market.instruments);
  const isSignedIn = useSession((session) => session.status === "signed-in");
  const pages = usePages().map((page) => ({
    name: t(`page.${page}`),
    run: () => navigate(PATHS[page]),
  }));
  const markets = instruments.map(({ symbol }) => ({
    name: t("palette.trade", { symbol }),
    run: () => navigate(tradePath(symbol)),
  }));
  const own = [{ name: t("palette.cancelAll"), run: () => void cancelAll(null) }];
  return [
    ...pages,
    ...markets,
    ...(isSignedIn ? own : []),
    { name: t("key.theme"), run: onSwitchTheme },
  ];
}
