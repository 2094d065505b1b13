import type { ReactNode } from "react";
import type { Bot, BotHolding } from "../../api/bots";
import { type BotWord, say } from "../../i18n/bots";
import { t } from "../../i18n/translate";
import { groupDigits } from "../../lib/format";
import type { Column } from "../../ui/DataTable";
import { Price } from "../../ui/Price";

const MARK = {
  starting: "◌",
  trading: "●",
  waiting: "◐",
  stopped: "○",
  failed: "✕",
} as const satisfies Record<Bot["state"], string>;

interface Cells {
  name: (bot: Bot) => ReactNode;
  market: (symbol: string) => ReactNode;
  actions: (bot: Bot) => ReactNode;
}

export function botColumns(cells: Cells): Column<Bot>[] {
  return [
    { key: "name", label: say("name"), render: cells.name },
    { key: "strategy", label: say("strategy"), from: 4, render: ({ strategy }) => strategy },
    {
      key: "symbol",
      label: t("column.symbol"),
      from: 2,
      render: ({ symbols }) =>
        symbols.map((symbol) => <Line key={symbol}>{cells.market(symbol)}</Line>),
    },
    { key: "state", label: say("state"), render: ({ state }) => <StateCell state={state} /> },
    amountColumn("inventory", 2, ({ position }) => position),
    {
      key: "orders",
      label: say("orders"),
      numeric: true,
      render: ({ orders }) => <span className="num">{orders?.length ?? 0}</span>,
    },
    amountColumn("realised", 3, ({ realised }) => realised),
    amountColumn("unrealised", 3, ({ unrealised }) => unrealised),
    amountColumn("fees", 4, ({ fees }) => fees),
    amountColumn("net", 2, ({ net }) => net),
    { key: "actions", label: t("column.actions"), unlabelled: true, render: cells.actions },
  ];
}

/** One amount of each of the bot's markets, in the order of the markets. */
function amountColumn(
  key: BotWord,
  from: 2 | 3 | 4,
  amountOf: (holding: BotHolding) => string,
): Column<Bot> {
  return {
    key,
    label: say(key),
    numeric: true,
    from,
    render: ({ symbols, holdings }) =>
      symbols.map((symbol) => {
        const holding = holdings?.find((each) => each.symbol === symbol);
        return <Line key={symbol}>{holding ? <Amount text={amountOf(holding)} /> : "–"}</Line>;
      }),
  };
}

function Line({ children }: { children: ReactNode }) {
  return <span className="bot-line">{children}</span>;
}

/** An exact decimal with the sign that is as wide as a plus. */
export function Amount({ text }: { text: string }) {
  return text.startsWith("-") ? (
    <>
      <span className="num">−</span>
      <Price text={text.slice(1)} />
    </>
  ) : (
    <Price text={text} />
  );
}

/** What a bot has made in all, where there is no room for columns. */
export function netText({ holdings }: Bot): string {
  const amounts = (holdings ?? []).map(({ net }) => groupDigits(net).replace("-", "−"));
  return amounts.length === 0 ? "" : say("netIs", { amount: amounts.join(" · ") });
}

function StateCell({ state }: Pick<Bot, "state">) {
  return (
    <span className="bot-state" data-state={state}>
      <span aria-hidden="true">{MARK[state]}</span> {say(state)}
    </span>
  );
}
