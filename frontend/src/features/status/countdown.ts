/** What is left until a moment, as a clock shows it: "4:05", "1:02:09"; null once it is past. */
export function countdown(untilMs: number, nowMs: number): string | null {
  const left = Math.ceil((untilMs - nowMs) / 1_000);
  if (left <= 0) return null;
  const two = (value: number) => value.toString().padStart(2, "0");
  const [hours, minutes, seconds] = [
    Math.floor(left / 3_600),
    Math.floor(left / 60) % 60,
    left % 60,
  ];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
