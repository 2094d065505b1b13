import { useState } from "react";
import { Link } from "wouter";
import type { Bot } from "../../api/bots";
import { say } from "../../i18n/bots";
import { DataTable } from "../../ui/DataTable";
import { BotDetail } from "./BotDetail";
import { botColumns, netText } from "./bot-columns";
import { startBot, stopBot, useBots, useBotsUpToDate } from "./bots";
import { NewBotDialog } from "./NewBotDialog";

interface Props {
  pathOf: (symbol: string) => string;
}

/** The bots of the exchange: what they do and make, and their control. */
export function BotsPanel({ pathOf }: Props) {
  useBotsUpToDate();
  const { status, isAway, mayControl, bots, strategies } = useBots();
  const [first, ...others] = strategies;
  const [adding, setAdding] = useState(false);
  if (status === "none") return <p className="empty">{say("none")}</p>;
  if (status === "loading") return <p className="empty">{say(isAway ? "away" : "loading")}</p>;
  return (
    <>
      <div className="page-tools">
        {mayControl && (
          <button
            type="button"
            className="primary"
            disabled={first === undefined}
            onClick={() => setAdding(true)}
          >
            {say("new")}
          </button>
        )}
        <p className="hint">{say(mayControl ? "money" : "lookOnly")}</p>
        <p className="problem" role="status">
          {isAway ? say("old") : ""}
        </p>
      </div>
      <BotsTable bots={bots} mayControl={mayControl} pathOf={pathOf} />
      {adding && first !== undefined && (
        <NewBotDialog strategies={[first, ...others]} onClose={() => setAdding(false)} />
      )}
    </>
  );
}

interface TableProps extends Props {
  bots: readonly Bot[];
  mayControl: boolean;
}

function BotsTable({ bots, mayControl, pathOf }: TableProps) {
  const strategies = useBots((state) => state.strategies);
  const [opened, setOpened] = useState<string | null>(null);
  const columns = botColumns({
    name: (bot) => (
      <NameButton
        bot={bot}
        isOpen={opened === bot.name}
        onToggle={() => setOpened(opened === bot.name ? null : bot.name)}
      />
    ),
    market: (symbol) => (
      <Link className="market-name" to={pathOf(symbol)}>
        {symbol}
      </Link>
    ),
    actions: (bot) => (mayControl ? <StartOrStop bot={bot} /> : null),
  });
  const detail = (bot: Bot) => {
    if (opened !== bot.name) return bot.reason ? <p className="problem">{bot.reason}</p> : null;
    const strategy = strategies.find(({ name }) => name === bot.strategy);
    return <BotDetail bot={bot} strategy={strategy} mayControl={mayControl} />;
  };
  return (
    <DataTable
      caption={say("list")}
      columns={columns}
      rows={bots}
      rowKey={({ name }) => name}
      empty={say("empty")}
      detail={detail}
    />
  );
}

interface NameProps {
  bot: Bot;
  isOpen: boolean;
  onToggle: () => void;
}

function NameButton({ bot, isOpen, onToggle }: NameProps) {
  return (
    <>
      <button
        type="button"
        className="bot-name"
        aria-expanded={isOpen}
        title={say("more", { name: bot.name })}
        onClick={onToggle}
      >
        <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span> {bot.name}
      </button>
      <span className="narrow num">{netText(bot)}</span>
    </>
  );
}

function StartOrStop({ bot: { name, state } }: { bot: Bot }) {
  const [working, setWorking] = useState(false);
  const isDown = state === "stopped" || state === "failed";
  return (
    <button
      type="button"
      className="row-button"
      disabled={working}
      aria-label={say(isDown ? "startOf" : "stopOf", { name })}
      onClick={async () => {
        setWorking(true);
        await (isDown ? startBot(name) : stopBot(name));
        setWorking(false);
      }}
    >
      {say(isDown ? "start" : "stop")}
    </button>
  );
}
