import { Link, useSearch } from "wouter";

interface Props {
  label: string;
  views: readonly { name: string; label: string; to: string }[];
  chosen: string;
}

/** The parts of one page, each with an address of its own; what the address asks for besides stays. */
export function SubNav({ label, views, chosen }: Props) {
  const search = useSearch();
  return (
    <nav className="sub-nav" aria-label={label}>
      {views.map((view) => (
        <Link
          key={view.name}
          to={search === "" ? view.to : `${view.to}?${search}`}
          aria-current={view.name === chosen ? "page" : undefined}
        >
          {view.label}
        </Link>
      ))}
    </nav>
  );
}
