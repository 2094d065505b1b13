import { t } from "../../i18n/translate";
import { setPreferences } from "../../state/preferences";
import { useTheme } from "../../state/theme";

/** Night and day in one click. */
export function ThemeButton() {
  const theme = useTheme();
  const other = theme === "night" ? "day" : "night";
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={t(other === "day" ? "settings.switchDay" : "settings.switchNight")}
      onClick={() => setPreferences({ theme: other })}
    >
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.3" />
        <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
      </svg>
    </button>
  );
}

export function SettingsButton({ onOpen }: { onOpen: () => void }) {
  return (
    <button type="button" className="icon-button" aria-label={t("settings.open")} onClick={onOpen}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path
          d="M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M9 2.5v4h3v-4zM4 9.5v4h3v-4z"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.3"
        />
      </svg>
    </button>
  );
}
