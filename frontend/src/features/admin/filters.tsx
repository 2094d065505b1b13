import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { say } from "../../i18n/admin";

/** Filters are in the address: what is on screen can be linked to, and the browser's back goes back. */
export interface Filters {
  get: (name: string) => string;
  /** "" forgets it. Another filter begins at the first page. */
  set: (name: string, value: string) => void;
}

export const PAGE = "page";

export function useFilters(): Filters {
  const [params, setParams] = useSearchParams();
  return {
    get: (name) => params.get(name) ?? "",
    set: (name, value) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (name !== PAGE) after.delete(PAGE);
          if (value === "") after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: name !== PAGE },
      ),
  };
}

interface FilterProps {
  filters: Filters;
  name: string;
  label: string;
}

const TYPING_MS = 250;

/** Asks once the typing pauses. */
export function SearchFilter({ filters, name, label }: FilterProps) {
  const said = filters.get(name);
  const [text, setText] = useState(said);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the clock
  useEffect(() => {
    if (text.trim() === said) return;
    const timer = setTimeout(() => filters.set(name, text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

interface ChoiceProps extends FilterProps {
  options: readonly { value: string; label: string }[];
}

export function ChoiceFilter({ filters, name, label, options }: ChoiceProps) {
  const value = filters.get(name);
  return (
    <label className="admin-filter">
      {label}
      <select
        className={value === options[0]?.value ? "compact-select" : "compact-select chosen"}
        value={value}
        onChange={(event) => filters.set(name, event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

export function TimeFilter({ filters, name, label }: FilterProps) {
  return (
    <label className="admin-filter">
      {label}
      <input
        type="datetime-local"
        value={filters.get(name)}
        onChange={(event) => filters.set(name, event.target.value)}
      />
    </label>
  );
}

/** Nanoseconds of a local time as an input has it; "" of none. */
export function nsOf(local: string): string {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? "" : `${BigInt(ms) * 1_000_000n}`;
}

interface PagerProps {
  filters: Filters;
  /** Asks for the page after; null: there is none. */
  cursor: number | null | undefined;
}

export function Pager({ filters, cursor }: PagerProps) {
  const isFirst = filters.get(PAGE) === "";
  if (isFirst && (cursor ?? null) === null) return null;
  return (
    <nav className="admin-pager" aria-label={say("pages")}>
      <button
        type="button"
        className="row-button"
        disabled={isFirst}
        onClick={() => filters.set(PAGE, "")}
      >
        {say("firstPage")}
      </button>
      <button
        type="button"
        className="row-button"
        disabled={(cursor ?? null) === null}
        onClick={() => filters.set(PAGE, String(cursor))}
      >
        {say("nextPage")}
      </button>
    </nav>
  );
}
