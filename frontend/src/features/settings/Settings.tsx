import { say } from "../../i18n/settings";
import { say as sayOfTour } from "../../i18n/tour";
import { LOCALES, type Locale, t } from "../../i18n/translate";
import {
  PALETTES,
  type Palette,
  setPreferences,
  type ThemeChoice,
  usePreferences,
} from "../../state/preferences";
import { Dialog } from "../../ui/Dialog";
import { Segmented } from "../../ui/Segmented";
import { LayoutChoice } from "./LayoutChoice";
import { QuestionChoice } from "./QuestionChoice";

const KEYS = [
  ["B", "key.buy"],
  ["S", "key.sell"],
  ["L", "key.limit"],
  ["M", "key.market"],
  ["O", "key.conditional"],
  ["/", "key.markets"],
  ["Ctrl K", "key.palette"],
  ["T", "key.theme"],
  ["?", "key.settings"],
  ["↑ ↓", "key.priceStep"],
  ["Enter", "key.submit"],
] as const;

const LANGUAGES = (Object.keys(LOCALES) as Locale[]).map((value) => ({
  value,
  label: LOCALES[value].name,
}));

interface Props {
  onClose: () => void;
  /** Shows the screen to whoever wants to see it again. */
  onTour: () => void;
}

/** The dialog of choices, with the keys that work everywhere. */
export default function Settings({ onClose, onTour }: Props) {
  const theme = usePreferences((preferences) => preferences.theme);
  const palette = usePreferences((preferences) => preferences.palette);
  const locale = usePreferences((preferences) => preferences.locale);
  return (
    <Dialog title={t("settings.title")} closeLabel={t("settings.close")} onClose={onClose}>
      <h3>{t("settings.theme")}</h3>
      <Segmented<ThemeChoice>
        label={t("settings.theme")}
        value={theme}
        onChange={(choice) => setPreferences({ theme: choice })}
        options={[
          { value: "system", label: t("settings.system") },
          { value: "night", label: t("settings.night") },
          { value: "day", label: t("settings.day") },
        ]}
      />
      <h3>{say("palette")}</h3>
      <Segmented<Palette>
        label={say("palette")}
        value={palette}
        onChange={(choice) => setPreferences({ palette: choice })}
        options={PALETTES.map((value) => ({ value, label: say(value) }))}
      />
      <LayoutChoice />
      <QuestionChoice />
      <h3>{t("settings.language")}</h3>
      <Segmented<Locale>
        label={t("settings.language")}
        value={locale}
        onChange={(choice) => setPreferences({ locale: choice })}
        options={LANGUAGES}
      />
      <p>
        <button type="button" className="quiet" onClick={onTour}>
          {sayOfTour("start")}
        </button>
      </p>
      <h3>{t("settings.keys")}</h3>
      <dl className="keys">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Z</kbd>
          </dt>
          <dd>{say("undo")}</dd>
        </div>
      </dl>
    </Dialog>
  );
}
