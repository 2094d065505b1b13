import type { ReactNode } from "react";
import type { UserStatus } from "../../api/admin";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { formatDateTime } from "../../lib/format";
import type { Column } from "../../ui/DataTable";
import { Price } from "../../ui/Price";
import type { ActPlan } from "./act";
import { openAct } from "./acting";
import type { Asked } from "./asked";

/** Cells and columns that tables of operators share. */

export function When({ ns }: { ns: string | null }) {
  return ns === null ? "–" : <span className="num">{formatDateTime(msOf(ns))}</span>;
}

/** Milliseconds of nanoseconds as text, which no double holds. */
export function msOf(ns: string): number {
  return Number(BigInt(ns) / 1_000_000n);
}

/** An exact decimal, or a dash for none. */
export function Amount({ text }: { text: string | null }) {
  return text === null ? "–" : <Price text={text} />;
}

const USER_MARKS: Readonly<Record<UserStatus, string>> = {
  active: "●",
  cancel_only: "◐",
  suspended: "■",
  closed: "×",
};

export function UserState({ status }: { status: UserStatus }) {
  return (
    <span className="admin-state" data-bad={status === "active" ? undefined : true}>
      <span aria-hidden="true">{USER_MARKS[status]}</span> {say(status)}
    </span>
  );
}

/** A state that is good or not, with a mark beside the word. */
export function State({ isGood, children }: { isGood: boolean; children: ReactNode }) {
  return (
    <span className="admin-state" data-bad={isGood ? undefined : true}>
      <span aria-hidden="true">{isGood ? "●" : "■"}</span> {children}
    </span>
  );
}

/** A button that opens the dialog of an act. */
export function ActButton({ plan, label, of }: { plan: ActPlan; label: string; of?: string }) {
  return (
    <button
      type="button"
      className="row-button"
      aria-label={of === undefined ? undefined : `${label}: ${of}`}
      onClick={() => openAct(plan)}
    >
      {label}
    </button>
  );
}

export function text<Row>(
  key: string,
  label: string,
  of: (row: Row) => ReactNode,
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { key, label, render: of, ...more };
}

/** The number by which something is named: it stands as a name does. */
export function id<Row>(
  key: string,
  label: string,
  of: (row: Row) => number,
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { key, label, render: (row) => <span className="num">{of(row)}</span>, ...more };
}

export function number<Row>(
  key: string,
  label: string,
  of: (row: Row) => ReactNode,
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return {
    key,
    label,
    numeric: true,
    render: (row) => <span className="num">{of(row)}</span>,
    ...more,
  };
}

export function actions<Row>(of: (row: Row) => ReactNode): Column<Row> {
  return {
    key: "actions",
    label: t("column.actions"),
    unlabelled: true,
    numeric: true,
    render: (row) => <span className="row-actions">{of(row)}</span>,
  };
}

interface AnswerProps<Answer> {
  asked: Asked<Answer>;
  children: (answer: Answer) => ReactNode;
}

/** What was answered; until then that it is loading, or why not. What is shown may be old: then it says so. */
export function Answered<Answer>({ asked: { answer, fault }, children }: AnswerProps<Answer>) {
  if (answer === null) return <p className="empty">{fault ?? t("page.loading")}</p>;
  return (
    <>
      {fault !== null && (
        <p className="problem" role="status">
          {say("old", { fault })}
        </p>
      )}
      {children(answer)}
    </>
  );
}

/** A part of a page under a heading of its own, with what can be done about it. */
export function Part(props: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="admin-part" aria-label={props.title}>
      <div className="admin-part-head">
        <h3>{props.title}</h3>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

/** Figures in a row, each under its name. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className="admin-figures">{children}</dl>;
}

export function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num">{children}</dd>
    </div>
  );
}
