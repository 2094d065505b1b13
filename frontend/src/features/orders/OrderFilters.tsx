import { say } from "../../i18n/records";
import { t } from "../../i18n/translate";
import { useMarket } from "../../state/market";
import { Filter, FilterChoice, FilterDay, FilterFold } from "../../ui/RecordTools";
import { ENDED, NO_FILTER, type OrderFilter, TYPES } from "./order-filter";

export type OrdersView = "open" | "history" | "fills";

interface Props {
  view: OrdersView;
  filter: OrderFilter;
  onChange: (filter: OrderFilter) => void;
}

/** What of the orders is shown: each view has the filters that mean something there. */
export function OrderFilters({ view, filter, onChange }: Props) {
  const instruments = useMarket((market) => market.instruments);
  const set = (part: Partial<OrderFilter>) => onChange({ ...filter, ...part });
  const isFiltered = Object.values(filter).some((value) => value !== "");
  return (
    <FilterFold isOpen={isFiltered}>
      <FilterChoice
        label={say("market")}
        allLabel={say("all")}
        value={filter.symbol}
        options={instruments.map(({ symbol }) => ({ value: symbol, label: symbol }))}
        onChange={(symbol) => set({ symbol })}
      />
      <FilterChoice
        label={say("side")}
        allLabel={say("all")}
        value={filter.side}
        options={[
          { value: "buy", label: t("side.buy") },
          { value: "sell", label: t("side.sell") },
        ]}
        onChange={(side) => set({ side })}
      />
      {view !== "fills" && (
        <FilterChoice
          label={say("type")}
          allLabel={say("all")}
          value={filter.type}
          options={TYPES.map((type) => ({ value: type, label: t(`type.${type}`) }))}
          onChange={(type) => set({ type })}
        />
      )}
      {view === "history" && (
        <FilterChoice
          label={say("status")}
          allLabel={say("all")}
          value={filter.status}
          options={ENDED.map((status) => ({ value: status, label: t(`status.${status}`) }))}
          onChange={(status) => set({ status })}
        />
      )}
      {view !== "open" && (
        <>
          <FilterDay label={say("from")} value={filter.from} onChange={(from) => set({ from })} />
          <FilterDay label={say("to")} value={filter.to} onChange={(to) => set({ to })} />
        </>
      )}
      <Filter label={say("text")}>
        <input
          type="search"
          value={filter.text}
          onChange={(event) => set({ text: event.target.value })}
        />
      </Filter>
      {isFiltered && (
        <button type="button" className="link" onClick={() => onChange(NO_FILTER)}>
          {say("clear")}
        </button>
      )}
    </FilterFold>
  );
}
