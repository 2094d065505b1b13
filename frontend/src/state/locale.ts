import { useEffect, useSyncExternalStore } from "react";
import { currentLocale, type Locale, loadCatalogue, onCatalogueChange } from "../i18n/translate";
import { usePreferences } from "./preferences";

/** The language on screen: the chosen one, once its catalogue is here. */
export function useLocale(): Locale {
  const spoken = useSyncExternalStore(onCatalogueChange, currentLocale);
  const chosen = usePreferences((preferences) => preferences.locale);
  useEffect(() => {
    if (chosen === currentLocale()) return;
    loadCatalogue(chosen).catch((error) => console.warn(`no catalogue of ${chosen}`, error));
  }, [chosen]);
  useEffect(() => {
    document.documentElement.lang = spoken;
  }, [spoken]);
  return spoken;
}
