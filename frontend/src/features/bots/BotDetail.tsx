import { useState } from "react";
import type { Bot, BotHolding, BotStrategy } from "../../api/bots";
import { say } from "../../i18n/bots";
import { t } from "../../i18n/translate";
import { Dialog } from "../../ui/Dialog";
import { BotOrders } from "./BotOrders";
import { Amount } from "./bot-columns";
import { removeBot } from "./bots";
import { SetParameters } from "./SetParameters";

interface Props {
  bot: Bot;
  /** Undefined: it is none of the exchange's own. */
  strategy: BotStrategy | undefined;
  mayControl: boolean;
}

/** All of one bot: its figures, its parameters, its orders, and the way to be rid of it. */
export function BotDetail({ bot, strategy, mayControl }: Props) {
  const [removing, setRemoving] = useState(false);
  const { name } = bot;
  return (
    <div className="bot-detail">
      <div>
        <p className="bot-words">
          {strategy?.summary} {say("account", { role: bot.role })}
        </p>
        {bot.reason !== "" && <p className="problem">{bot.reason}</p>}
        <SetParameters bot={bot} mayControl={mayControl} />
        {mayControl && (
          <button type="button" className="link" onClick={() => setRemoving(true)}>
            {say("removeOf", { name })}
          </button>
        )}
      </div>
      <div>
        {bot.holdings?.map((holding) => (
          <Figures key={holding.symbol} holding={holding} />
        ))}
        <BotOrders bot={bot} />
      </div>
      {removing && <Removal name={name} onClose={() => setRemoving(false)} />}
    </div>
  );
}

const FIGURES = ["realised", "unrealised", "fees", "net", "volume"] as const;

function Figures({ holding }: { holding: BotHolding }) {
  const { symbol, position, fills, maker_fills } = holding;
  return (
    <dl className="bot-figures" aria-label={say("figures")}>
      <div>
        <dt>
          {say("inventory")} {symbol}
        </dt>
        <dd>
          <Amount text={position} />
        </dd>
      </div>
      {FIGURES.map((figure) => (
        <div key={figure}>
          <dt>{say(figure)}</dt>
          <dd>
            <Amount text={holding[figure]} />
          </dd>
        </div>
      ))}
      <div>
        <dt>{say("fills")}</dt>
        <dd className="num">
          {fills} ({maker_fills} {say("makerFills")})
        </dd>
      </div>
    </dl>
  );
}

function Removal({ name, onClose }: { name: string; onClose: () => void }) {
  const [working, setWorking] = useState(false);
  return (
    <Dialog title={say("removeOf", { name })} closeLabel={t("settings.close")} onClose={onClose}>
      <p>{say("removing")}</p>
      <div className="bot-buttons">
        <button
          type="button"
          className="primary"
          disabled={working}
          onClick={async () => {
            setWorking(true);
            await removeBot(name);
            onClose();
          }}
        >
          {say("remove")}
        </button>
        <button type="button" className="quiet" onClick={onClose}>
          {say("keep")}
        </button>
      </div>
    </Dialog>
  );
}
