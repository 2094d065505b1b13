import { useRef } from "react";
import { Link, useLocation } from "wouter";
import { t } from "../i18n/translate";
import { PATHS } from "./paths";
import { usePages } from "./use-pages";

/** The pages in a row; where there is no room, behind a button. */
export function PageNav() {
  const list = useRef<HTMLUListElement>(null);
  const [location] = useLocation();
  const pages = usePages();
  const isOpen = (path: string) => location === path || location.startsWith(`${path}/`);
  return (
    <nav className="page-nav" aria-label={t("page.nav")}>
      <button
        type="button"
        className="icon-button page-menu"
        popoverTarget="pages"
        aria-label={t("page.menu")}
      >
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 4h12M2 8h12M2 12h12" stroke="currentColor" strokeWidth="1.3" />
        </svg>
      </button>
      <ul id="pages" ref={list} popover="auto">
        {pages.map((page) => (
          <li key={page}>
            <Link
              to={PATHS[page]}
              aria-current={isOpen(PATHS[page]) ? "page" : undefined}
              onClick={() => {
                if (list.current?.matches(":popover-open")) list.current.hidePopover();
              }}
            >
              {t(`page.${page}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
