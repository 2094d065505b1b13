import { Fragment, type ReactNode } from "react";

export interface Column<Row> {
  key: string;
  label: string;
  render: (row: Row) => ReactNode;
  /** Numbers stand right. */
  numeric?: boolean;
  /** The heading is for screen readers only. */
  unlabelled?: boolean;
  /** The least width of the table, from 1 (phone) to 4 (wide), at which the column is shown. */
  from?: 1 | 2 | 3 | 4;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  empty: ReactNode;
  /** What stands under a row, over its whole width; null for nothing. */
  detail?: (row: Row) => ReactNode;
}

export function DataTable<Row>(props: Props<Row>) {
  const { caption, columns, rows, rowKey, empty, detail } = props;
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  const cellClass = (column: Column<Row>) =>
    `${column.numeric ? "right" : ""} from-${column.from ?? 1}`;
  return (
    <table className="data">
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" className={cellClass(column)}>
              {column.unlabelled ? <span className="unseen">{column.label}</span> : column.label}
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
