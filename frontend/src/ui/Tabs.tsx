import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";

export interface Tab<Name extends string> {
  name: Name;
  label: string;
}

interface Props<Name extends string> {
  tabs: readonly Tab<Name>[];
  selected: Name;
  label: string;
  onSelect: (name: Name) => void;
  /** What stands at the right end of the row of tabs. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A row of tabs and the panel of the selected one. Arrow keys, Home and End move between tabs. */
export function Tabs<Name extends string>(props: Props<Name>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const { tabs, selected, onSelect } = props;

  function move(event: KeyboardEvent): void {
    const next = targetOf(
      event.key,
      tabs.findIndex((tab) => tab.name === selected),
      tabs.length,
    );
    if (next === null) return;
    event.preventDefault();
    onSelect(tabs[next]!.name);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  }

  return (
    <div className={`tabs ${props.className ?? ""}`}>
      <div className="panel-head tab-row">
        <div role="tablist" aria-label={props.label} ref={list} onKeyDown={move}>
          {tabs.map((tab) => (
            <button
              key={tab.name}
              type="button"
              role="tab"
              id={`${id}-${tab.name}`}
              aria-selected={tab.name === selected}
              aria-controls={tab.name === selected ? `${id}-panel` : undefined}
              tabIndex={tab.name === selected ? 0 : -1}
              onClick={() => onSelect(tab.name)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {props.aside}
      </div>
      {/* The panel scrolls, so the keyboard must be able to reach it. */}
      <div
        className="tab-panel"
        role="tabpanel"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        tabIndex={0}
        id={`${id}-panel`}
        aria-labelledby={`${id}-${selected}`}
      >
        {props.children}
      </div>
    </div>
  );
}

function targetOf(key: string, at: number, count: number): number | null {
  if (key === "ArrowRight") return (at + 1) % count;
  if (key === "ArrowLeft") return (at + count - 1) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
