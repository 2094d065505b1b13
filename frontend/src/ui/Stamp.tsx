import { stampText } from "../lib/days";
import { msFromNs } from "../lib/whole-units";

/** A moment of the exchange on the reader's clock, in full; where there is no room, in two lines. */
export function Stamp({ tsNs }: { tsNs: string }) {
  const [day, time] = stampText(msFromNs(tsNs)).split(" ");
  return (
    <time className="stamp num">
      <span>{day}</span> <span>{time}</span>
    </time>
  );
}
