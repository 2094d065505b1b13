import { say } from "../../i18n/settings";
import { PRESET_SIZES, PRESETS } from "../../state/desk-sizes";
import { setPreferences } from "../../state/preferences";

/** Sizes for every width of the window at once; the standard is the way back from whatever was moved. */
export function LayoutChoice() {
  return (
    <>
      <h3>{say("layout")}</h3>
      <div className="settings-buttons">
        {PRESETS.map((preset) => (
          <button
            key={preset}
            type="button"
            className="quiet"
            onClick={() => setPreferences({ layouts: PRESET_SIZES[preset] })}
          >
            {say(preset)}
          </button>
        ))}
      </div>
      <p className="hint">{say("layoutHint")}</p>
    </>
  );
}
