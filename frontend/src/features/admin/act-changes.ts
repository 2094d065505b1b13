type Fields = Readonly<Record<string, unknown>>;

export interface Difference {
  name: string;
  before: string;
  after: string;
}

/** What differs between what was before an act and after it, by field. */
export function differences(before: Fields, after: Fields): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map((name) => ({ name, before: shown(before[name]), after: shown(after[name]) }))
    .filter((one) => one.before !== one.after);
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
