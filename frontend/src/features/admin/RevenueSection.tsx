import { Link } from "wouter";
import type {
  Interest,
  ListedAssets,
  OpenInterest,
  TopAccounts,
  Volume,
  Volumes,
} from "../../api/admin";
import { say } from "../../i18n/admin";
import { t } from "../../i18n/translate";
import { DataTable } from "../../ui/DataTable";
import { useAsked, withQuery } from "./asked";
import { Amount, Answered, Figure, Figures, id, number, Part, text } from "./cells";
import { ChoiceFilter, useFilters } from "./filters";
import { adminPath } from "./sections";

const PERIODS = [
  ["", "day"],
  ["1", "hour"],
  ["168", "week"],
  ["720", "month"],
  ["0", "always"],
] as const;

/** What is traded and earned, what waits in the books, and who is largest. */
export function RevenueSection() {
  const filters = useFilters();
  const hours = filters.get("hours");
  const volumes = useAsked<Volumes>(withQuery("/admin/volumes", { hours }), 10_000);
  const interest = useAsked<OpenInterest>("/admin/open-interest", 10_000);
  return (
    <>
      <div className="page-tools">
        <ChoiceFilter
          filters={filters}
          name="hours"
          label={say("period")}
          options={PERIODS.map(([value, word]) => ({ value, label: say(word) }))}
        />
      </div>
      <Part title={say("feesEarned")}>
        <Answered asked={volumes}>
          {({ fees_earned }) =>
            fees_earned.length === 0 ? (
              <p className="empty">{say("noFees")}</p>
            ) : (
              <Figures>
                {fees_earned.map(({ asset, amount }) => (
                  <Figure key={asset} name={asset}>
                    <Amount text={amount} />
                  </Figure>
                ))}
              </Figures>
            )
          }
        </Answered>
      </Part>
      <Part title={say("volumes")}>
        <Answered asked={volumes}>{(answer) => <VolumesTable rows={answer.volumes} />}</Answered>
      </Part>
      <Part title={say("openInterest")}>
        <Answered asked={interest}>
          {(answer) => <InterestTable rows={answer.open_interest} />}
        </Answered>
      </Part>
      <Top hours={hours} />
    </>
  );
}

function VolumesTable({ rows }: { rows: readonly Volume[] }) {
  return (
    <DataTable
      caption={say("volumes")}
      columns={[
        text<Volume>("symbol", t("column.symbol"), ({ symbol }) => symbol),
        number<Volume>("trades", say("trades"), ({ trades }) => trades),
        number<Volume>("volume", say("volume"), (one) => <Amount text={one.volume} />, { from: 2 }),
        number<Volume>("quote", say("quoteVolume"), (one) => <Amount text={one.quote_volume} />),
        number<Volume>("baseFees", say("baseFees"), (one) => <Amount text={one.base_fees} />, {
          from: 3,
        }),
        number<Volume>("quoteFees", say("quoteFees"), (one) => <Amount text={one.quote_fees} />, {
          from: 3,
        }),
      ]}
      rows={rows}
      rowKey={({ symbol }) => symbol}
      empty={say("noTrades")}
    />
  );
}

function InterestTable({ rows }: { rows: readonly Interest[] }) {
  return (
    <DataTable
      caption={say("openInterest")}
      columns={[
        text<Interest>("symbol", t("column.symbol"), ({ symbol }) => symbol),
        text<Interest>("side", t("column.side"), ({ side }) => (
          <span className={side === "buy" ? "bid" : "ask"}>
            {side === "buy" ? "▲" : "▼"} {t(side === "buy" ? "side.buy" : "side.sell")}
          </span>
        )),
        number<Interest>("orders", say("orders"), ({ orders }) => orders),
        number<Interest>("accounts", say("accounts"), ({ accounts }) => accounts, { from: 2 }),
        number<Interest>("qty", t("column.qty"), ({ qty }) => <Amount text={qty} />, { from: 2 }),
        number<Interest>("notional", say("notional"), (one) => <Amount text={one.notional} />),
      ]}
      rows={rows}
      rowKey={({ symbol, side }) => `${symbol} ${side}`}
      empty={say("emptyBooks")}
    />
  );
}

function Top({ hours }: { hours: string }) {
  type One = TopAccounts["accounts"][number];
  const filters = useFilters();
  const assets = useAsked<ListedAssets>("/admin/assets", 30_000).answer?.assets ?? [];
  const asset = filters.get("asset") || assets.at(-1)?.asset;
  const by = filters.get("by") || "volume";
  const path = withQuery("/admin/top-accounts", { asset: asset ?? "", by, hours });
  const asked = useAsked<TopAccounts>(asset === undefined ? null : path, 10_000);
  return (
    <Part
      title={say("topAccounts")}
      aside={
        <span className="page-tools admin-tools">
          <ChoiceFilter
            filters={filters}
            name="by"
            label={say("by")}
            options={[
              { value: "", label: say("volume") },
              { value: "balance", label: say("balance") },
            ]}
          />
          <ChoiceFilter
            filters={filters}
            name="asset"
            label={say("asset")}
            options={[
              { value: "", label: assets.at(-1)?.asset ?? "" },
              ...assets.slice(0, -1).map((one) => ({ value: one.asset, label: one.asset })),
            ]}
          />
        </span>
      }
    >
      <Answered asked={asked}>
        {({ accounts }) => (
          <DataTable
            caption={say("topAccounts")}
            columns={[
              id<One>("account", say("account"), ({ account_id }) => account_id),
              text<One>("email", say("email"), ({ email, user_id }) =>
                email === null || user_id === null ? (
                  say("noLogin")
                ) : (
                  <Link className="market-name" to={adminPath("users", user_id)}>
                    {email}
                  </Link>
                ),
              ),
              number<One>("amount", asset ?? say("amount"), (one) => <Amount text={one.amount} />),
              number<One>("fills", say("fills"), ({ fills }) => (by === "volume" ? fills : "–"), {
                from: 2,
              }),
            ]}
            rows={accounts}
            rowKey={({ account_id }) => account_id}
            empty={say("nobody")}
          />
        )}
      </Answered>
    </Part>
  );
}
