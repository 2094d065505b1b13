import { useMemo, useState } from "react";
import { Link } from "wouter";
import { t } from "../../i18n/translate";
import { compactDecimal } from "../../lib/format";
import { useMarket } from "../../state/market";
import { setPreferences, usePreferences } from "../../state/preferences";
import { type Column, DataTable, type Sort } from "../../ui/DataTable";
import { Price } from "../../ui/Price";
import { Change } from "./Change";
import { type MarketRow, marketRows } from "./market-rows";
import { Sparkline } from "./Sparkline";
import { useDayCloses } from "./sparklines";

interface Props {
  pathOf: (symbol: string) => string;
}

/** Every market with its last day; favourites stand first. */
export function MarketsTable({ pathOf }: Props) {
  const { status, instruments, tickers } = useMarket();
  const favourites = usePreferences((preferences) => preferences.favourites);
  const [search, setSearch] = useState("");
  const [onlyFavourites, setOnlyFavourites] = useState(false);
  const [sort, setSort] = useState<Sort>({ key: "volume", descending: true });
  const symbols = useMemo(() => instruments.map(({ symbol }) => symbol), [instruments]);
  const closes = useDayCloses(symbols);
  const rows = marketRows(instruments, tickers, favourites, { search, onlyFavourites, sort });
  return (
    <>
      <div className="page-tools">
        <input
          type="search"
          aria-label={t("markets.search")}
          placeholder={t("markets.search")}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <label className="check">
          <input
            type="checkbox"
            checked={onlyFavourites}
            onChange={(event) => setOnlyFavourites(event.target.checked)}
          />
          {t("markets.onlyFavourites")}
        </label>
      </div>
      <DataTable
        caption={t("markets.title")}
        columns={columns(pathOf, closes)}
        rows={rows}
        rowKey={(row) => row.spec.symbol}
        empty={emptyText(status, search)}
        sort={sort}
        onSort={setSort}
      />
    </>
  );
}

function columns(
  pathOf: Props["pathOf"],
  closes: Readonly<Record<string, number[]>>,
): Column<MarketRow>[] {
  const price = (text: string | null | undefined) => (text ? <Price text={text} /> : "–");
  return [
    {
      key: "favourite",
      label: t("markets.favourite"),
      unlabelled: true,
      render: (row) => <Star row={row} />,
    },
    {
      key: "symbol",
      label: t("column.symbol"),
      sortable: true,
      render: ({ spec }) => <MarketName symbol={spec.symbol} to={pathOf(spec.symbol)} />,
    },
    {
      key: "status",
      label: t("column.status"),
      from: 3,
      render: ({ spec }) => t(`trading.${spec.status}`),
    },
    {
      key: "last",
      label: t("column.last"),
      numeric: true,
      sortable: true,
      render: ({ ticker }) => price(ticker?.last),
    },
    {
      key: "change",
      label: t("column.change"),
      numeric: true,
      sortable: true,
      render: ({ ticker }) => <Change ppm={ticker?.change_ppm ?? null} />,
    },
    {
      key: "high",
      label: t("markets.high"),
      numeric: true,
      from: 3,
      render: ({ ticker }) => price(ticker?.high),
    },
    {
      key: "low",
      label: t("markets.low"),
      numeric: true,
      from: 3,
      render: ({ ticker }) => price(ticker?.low),
    },
    {
      key: "bid",
      label: t("book.bestBid"),
      numeric: true,
      from: 4,
      render: ({ ticker }) => price(ticker?.bid),
    },
    {
      key: "ask",
      label: t("book.bestAsk"),
      numeric: true,
      from: 4,
      render: ({ ticker }) => price(ticker?.ask),
    },
    {
      key: "volume",
      label: t("column.volume"),
      numeric: true,
      sortable: true,
      from: 2,
      render: ({ spec, ticker }) =>
        ticker === undefined ? (
          "–"
        ) : (
          <span className="num">
            {compactDecimal(ticker.quote_volume)} {spec.quote}
          </span>
        ),
    },
    {
      key: "day",
      label: t("markets.day"),
      numeric: true,
      from: 2,
      render: ({ spec, ticker }) => (
        <Sparkline values={closes[spec.symbol]} isUp={(ticker?.change_ppm ?? 0) >= 0} />
      ),
    },
  ];
}

function MarketName({ symbol, to }: { symbol: string; to: string }) {
  return (
    <Link className="market-name" to={to} aria-label={t("palette.trade", { symbol })}>
      {symbol}
    </Link>
  );
}

function Star({ row }: { row: MarketRow }) {
  const { symbol } = row.spec;
  function toggle(): void {
    const { favourites } = usePreferences.getState();
    const others = favourites.filter((one) => one !== symbol);
    setPreferences({ favourites: row.isFavourite ? others : [...others, symbol] });
  }
  return (
    <button
      type="button"
      className="star"
      aria-pressed={row.isFavourite}
      aria-label={t("markets.favouriteOf", { symbol })}
      onClick={toggle}
    >
      <span aria-hidden="true">{row.isFavourite ? "★" : "☆"}</span>
    </button>
  );
}

function emptyText(status: "loading" | "ready" | "failed", search: string): string {
  if (status === "ready" && search === "") return t("markets.noFavourites");
  if (status === "ready") return t("markets.none", { text: search });
  return t(status === "failed" ? "markets.failed" : "markets.loading");
}
