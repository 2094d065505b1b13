import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { say } from "../../i18n/tour";
import { endTour, startTour } from "../../state/tour";
import { type Box, placeCard, TOUR_STEPS } from "./tour-steps";

/** A short way around the trade screen: it is offered in a line, and taken step by step. */
export default function Tour({ isOpen }: { isOpen: boolean }) {
  if (isOpen) return <Steps />;
  return (
    <section className="tour-offer" aria-label={say("label")}>
      <p>{say("invite")}</p>
      <button type="button" className="quiet" onClick={startTour}>
        {say("start")}
      </button>
      <button type="button" className="link" onClick={endTour}>
        {say("no")}
      </button>
    </section>
  );
}

function Steps() {
  const [at, setAt] = useState(0);
  const card = useRef<HTMLDialogElement>(null);
  const { frame, place } = usePlaces(at, card);
  const step = TOUR_STEPS[at]!;
  const isLast = at === TOUR_STEPS.length - 1;
  const next = () => (isLast ? endTour() : setAt(at + 1));
  const back = () => setAt(Math.max(0, at - 1));

  useEffect(() => {
    card.current?.querySelector<HTMLElement>(".primary")?.focus();
  }, []);

  function keyed(event: KeyboardEvent): void {
    if (event.key === "Escape") endTour();
    else if (event.key === "ArrowRight") next();
    else if (event.key === "ArrowLeft") back();
    else return;
    event.preventDefault();
  }

  return (
    <>
      {frame !== null && <div className="tour-frame" style={frame} />}
      <dialog
        open
        ref={card}
        className="tour-card"
        aria-label={say("label")}
        style={place}
        onKeyDown={keyed}
      >
        <div aria-live="polite">
          <p className="tour-progress num">
            {say("progress", { step: at + 1, count: TOUR_STEPS.length })}
          </p>
          <h2>{say(step.name)}</h2>
          <p>{say(`${step.name}Text`)}</p>
        </div>
        <div className="section-buttons">
          <button type="button" className="primary" onClick={next}>
            {say(isLast ? "done" : "next")}
          </button>
          {at > 0 && (
            <button type="button" className="quiet" onClick={back}>
              {say("back")}
            </button>
          )}
          {!isLast && (
            <button type="button" className="link" onClick={endTour}>
              {say("skip")}
            </button>
          )}
        </div>
      </dialog>
    </>
  );
}

interface Places {
  /** Around what is shown; null while it is not on screen. */
  frame: Box | null;
  place: { left: number; top: number };
}

/** Where the frame and the card of a step are, as the window and the panels change. */
function usePlaces(at: number, card: { current: HTMLDialogElement | null }): Places {
  const [places, setPlaces] = useState<Places>({ frame: null, place: { left: 8, top: 48 } });
  const measure = useCallback(() => {
    const target = targetOf(at);
    const size = card.current?.getBoundingClientRect();
    if (size === undefined) return;
    const view = { width: window.innerWidth, height: window.innerHeight };
    const rect = target?.getBoundingClientRect();
    const box = rect ?? { left: 0, top: view.height, width: view.width, height: 0 };
    const { left, top, width, height } = box;
    setPlaces({
      frame: rect === undefined ? null : { left, top, width, height },
      place: placeCard(box, size, view),
    });
  }, [at, card]);
  useLayoutEffect(() => {
    const target = targetOf(at);
    target?.scrollIntoView({ block: "nearest" });
    measure();
    const watch = new ResizeObserver(measure);
    if (target !== null) watch.observe(target);
    watch.observe(document.body);
    document.addEventListener("scroll", measure, true);
    return () => {
      watch.disconnect();
      document.removeEventListener("scroll", measure, true);
    };
  }, [at, measure]);
  return places;
}

function targetOf(at: number): Element | null {
  for (const place of TOUR_STEPS[at]!.places) {
    const found = document.querySelector(place);
    if (found !== null && found.getClientRects().length > 0) return found;
  }
  return null;
}
