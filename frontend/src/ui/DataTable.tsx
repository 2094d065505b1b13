import { Fragment, type ReactNode } from "react";

export interface Column<Row> {
  key: string;
  label: string;
  render: (row: Row) => ReactNode;
  /** Numbers stand right. */
  numeric?: boolean;
  /** The heading is for screen readers only. */
  unlabelled?: boolean;
  /** Its heading sorts by it. */
  sortable?: boolean;
  /** The least width of the table, from 1 (phone) to 4 (wide), at which the column is shown. */
  from?: 1 | 2 | 3 | 4;
}

export interface Sort {
  key: string;
  descending: boolean;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  empty: ReactNode;
  /** What stands under a row, over its whole width; null for nothing. */
  detail?: (row: Row) => ReactNode;
  /** How the rows are sorted, where headings say so; the rows come sorted. */
  sort?: Sort;
  onSort?: (sort: Sort) => void;
}

export function DataTable<Row>(props: Props<Row>) {
  const { caption, columns, rows, rowKey, empty, detail, sort, onSort } = props;
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  const cellClass = (column: Column<Row>) =>
    `${column.numeric ? "right" : ""} from-${column.from ?? 1}`;
  return (
    <table className="data">
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              className={cellClass(column)}
              aria-sort={ariaSort(column, sort)}
            >
              <Heading column={column} sort={sort} onSort={onSort} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const under = detail?.(row) ?? null;
          return (
            <Fragment key={rowKey(row)}>
              <tr>
                {columns.map((column) => (
                  <td key={column.key} className={cellClass(column)}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
              {under !== null && (
                <tr className="detail">
                  <td colSpan={columns.length}>{under}</td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

interface HeadingProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}

function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
  const { key, label, numeric } = column;
  if (column.unlabelled) return <span className="unseen">{label}</span>;
  if (!column.sortable || onSort === undefined) return label;
  const isSorted = sort?.key === key;
  // What is looked for first is the largest number, or the first name.
  const descending = isSorted ? !sort.descending : numeric === true;
  return (
    <button type="button" className="sort" onClick={() => onSort({ key, descending })}>
      {label}
      <span aria-hidden="true">{isSorted ? (sort.descending ? " ↓" : " ↑") : ""}</span>
    </button>
  );
}

function ariaSort<Row>(
  column: Column<Row>,
  sort: Sort | undefined,
): "ascending" | "descending" | undefined {
  if (sort?.key !== column.key) return undefined;
  return sort.descending ? "descending" : "ascending";
}
