import type { ReactNode } from "react";
import { Link } from "wouter";
import type { OpenInterest } from "../../api/admin";
import { say } from "../../i18n/admin";
import { useMarket } from "../../state/market";
import { ActDialog } from "./ActDialog";
import { openAct } from "./acting";
import { useAsked } from "./asked";
import { BooksSection } from "./BooksSection";
import { FeesSection } from "./FeesSection";
import { InstrumentSection } from "./InstrumentSection";
import { InstrumentsSection } from "./InstrumentsSection";
import { LogSection } from "./LogSection";
import { ProposalsSection } from "./ProposalsSection";
import { usePowers } from "./powers";
import { RevenueSection } from "./RevenueSection";
import { SystemSection } from "./SystemSection";
import { adminPath, SECTIONS, type Section } from "./sections";
import { UserSection } from "./UserSection";
import { UsersSection } from "./UsersSection";
import { haltVenuePlan, openVenuePlan } from "./venue-acts";
import { WithdrawalsSection } from "./WithdrawalsSection";

interface Props {
  section: Section;
  /** One thing of the section. */
  of: string | undefined;
}

/** The operator's screens: the venue's own state on top, the sections in a row, one of them below. */
export function AdminPanel({ section, of }: Props) {
  return (
    <>
      <VenueStrip />
      <nav className="admin-nav" aria-label={say("sections")}>
        {SECTIONS.map((each) => (
          <Link
            key={each}
            to={adminPath(each)}
            aria-current={each === section ? "page" : undefined}
          >
            {say(each)}
          </Link>
        ))}
      </nav>
      <div className="admin-section" key={`${section} ${of}`}>
        {screenOf(section, of)}
      </div>
      <ActDialog />
    </>
  );
}

function screenOf(section: Section, of: string | undefined): ReactNode {
  switch (section) {
    case "system":
      return <SystemSection />;
    case "users":
      return of === undefined ? <UsersSection /> : <UserSection name={of} />;
    case "instruments":
      return of === undefined ? <InstrumentsSection /> : <InstrumentSection name={of} />;
    case "fees":
      return <FeesSection />;
    case "withdrawals":
      return <WithdrawalsSection />;
    case "proposals":
      return <ProposalsSection />;
    case "revenue":
      return <RevenueSection />;
    case "books":
      return <BooksSection />;
    case "log":
      return <LogSection />;
  }
}

/** The kill switch, where it is seen whatever the section. */
function VenueStrip() {
  const venueStatus = useMarket((market) => market.venueStatus);
  const { acts } = usePowers();
  const interest = useAsked<OpenInterest>("/admin/open-interest", 30_000).answer;
  const orders = interest?.open_interest.reduce((sum, one) => sum + one.orders, 0) ?? null;
  const isOpen = venueStatus === "open";
  return (
    <section className="venue-strip" data-venue={venueStatus} aria-label={say("venue")}>
      <p role="status" className={isOpen ? undefined : "venue-halted"}>
        <span className="venue-mark" aria-hidden="true">
          {isOpen ? "●" : "■"}
        </span>{" "}
        {say(isOpen ? "venueIsOpen" : "venueIsHalted")}
      </p>
      {acts ? (
        <button
          type="button"
          className={isOpen ? "primary grave" : "primary"}
          onClick={() => openAct(isOpen ? haltVenuePlan(orders) : openVenuePlan())}
        >
          {say(isOpen ? "haltVenue" : "openVenue")}
        </button>
      ) : (
        <p className="hint">{say("supportSees")}</p>
      )}
    </section>
  );
}
