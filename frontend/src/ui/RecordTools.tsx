import type { ReactNode } from "react";
import { say } from "../i18n/records";
import { useMedia } from "./media";
import type { Pages } from "./pages";
import { ROWS_MAX } from "./pages";

/** A choice or an input of a filter, its name above it. */
export function Filter({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="filter">
      <span>{label}</span>
      {children}
    </label>
  );
}

/** Filters in a row; on a phone behind a word, unless one is set. */
export function FilterFold({ isOpen, children }: { isOpen: boolean; children: ReactNode }) {
  const isPhone = useMedia("(max-width: 719px)");
  const row = (
    <fieldset className="filters">
      <legend className="unseen">{say("filters")}</legend>
      {children}
    </fieldset>
  );
  if (!isPhone) return row;
  return (
    <details className="filter-fold" open={isOpen || undefined}>
      <summary>{say("filters")}</summary>
      {row}
    </details>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  /** What "" means. */
  allLabel?: string;
  onChange: (value: string) => void;
}

/** One of several, or, with "", all. */
export function FilterChoice({ label, value, options, allLabel, onChange }: ChoiceProps) {
  return (
    <Filter label={label}>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {allLabel !== undefined && <option value="">{allLabel}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Filter>
  );
}

interface DayProps {
  label: string;
  value: string;
  onChange: (day: string) => void;
}

export function FilterDay({ label, value, onChange }: DayProps) {
  return (
    <Filter label={label}>
      <input type="date" value={value} onChange={(event) => onChange(event.target.value)} />
    </Filter>
  );
}

/** What stands under a list that is read step by step: how much there is, and the way to more. */
export function ListEnd<Row>({ pages, error }: { pages: Pages<Row>; error: string | null }) {
  const { rows, isLoading, hasMore, isFull } = pages;
  return (
    <p className="list-end" role="status">
      {rows.length > 0 && <span>{say("rows", { count: rows.length })}</span>}
      {rows.length === 0 && !isLoading && hasMore && <span>{say("noneSoFar")}</span>}
      {isFull && <span>{say("full", { count: ROWS_MAX })}</span>}
      {error !== null && <span className="problem">{error}</span>}
      {(hasMore || error !== null) && (
        <button type="button" className="quiet" disabled={isLoading} onClick={pages.loadMore}>
          {say(isLoading ? "reading" : error === null ? "more" : "again")}
        </button>
      )}
    </p>
  );
}

interface PrintHeadProps {
  title: string;
  account: string;
  period: string;
  printed: string;
}

/** On paper alone: whose it is, of when. */
export function PrintHead({ title, account, period, printed }: PrintHeadProps) {
  return (
    <div className="print-head" aria-hidden="true">
      <b>{title}</b>
      <span>{account}</span>
      <span>{period}</span>
      <span>{printed}</span>
    </div>
  );
}
