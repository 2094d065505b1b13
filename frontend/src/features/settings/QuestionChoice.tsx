import { say } from "../../i18n/settings";
import { QUESTIONS, setPreferences, usePreferences } from "../../state/preferences";

/** What is asked about before it is done, each switched by itself. */
export function QuestionChoice() {
  const confirm = usePreferences((preferences) => preferences.confirm);
  const largeFrom = usePreferences((preferences) => preferences.largeFrom);
  return (
    <>
      <h3>{say("ask")}</h3>
      <div className="settings-questions">
        {QUESTIONS.map((question) => (
          <span key={question}>
            <label className="check">
              <input
                type="checkbox"
                checked={confirm[question]}
                onChange={(event) =>
                  setPreferences({ confirm: { ...confirm, [question]: event.target.checked } })
                }
              />
              {say(question)}
            </label>
            {question === "large" && (
              <input
                className="num"
                inputMode="numeric"
                aria-label={say("largeFrom")}
                maxLength={12}
                value={largeFrom}
                onChange={(event) => setPreferences({ largeFrom: digits(event.target.value) })}
              />
            )}
          </span>
        ))}
      </div>
    </>
  );
}

/** Whole units: nobody draws this line at a fraction. */
function digits(text: string): string {
  return text.replace(/\D/g, "").replace(/^0+(?=\d)/, "") || "0";
}
