import { useEffect, useState } from "react";
import { resolveTheme, type Theme, usePreferences } from "./preferences";

const systemDay = window.matchMedia("(prefers-color-scheme: light)");

/** The theme in force, kept on the root element, where the colours hang. */
export function useTheme(): Theme {
  const choice = usePreferences((preferences) => preferences.theme);
  const [prefersDay, setPrefersDay] = useState(systemDay.matches);
  useEffect(() => {
    const changed = () => setPrefersDay(systemDay.matches);
    systemDay.addEventListener("change", changed);
    return () => systemDay.removeEventListener("change", changed);
  }, []);
  const theme = resolveTheme(choice, prefersDay);
  const palette = usePreferences((preferences) => preferences.palette);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.palette = palette;
  }, [theme, palette]);
  return theme;
}
