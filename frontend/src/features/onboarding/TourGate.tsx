import { lazy, Suspense } from "react";
import { usePreferences } from "../../state/preferences";
import { useSession } from "../../state/session";
import { useTour } from "../../state/tour";

const Tour = lazy(() => import("./Tour"));

/** The tour, for who asked for it; its offer, for a newcomer who has just logged in. Nothing is loaded for others. */
export function TourGate() {
  const isOpen = useTour((tour) => tour.isOpen);
  const isNew = usePreferences((preferences) => !preferences.tourSeen);
  const isSignedIn = useSession((session) => session.status === "signed-in");
  if (!isOpen && !(isNew && isSignedIn)) return null;
  return (
    <Suspense fallback={null}>
      <Tour isOpen={isOpen} />
    </Suspense>
  );
}
