import type { BotParameter, ParameterTexts } from "../../api/bots";
import { say } from "../../i18n/bots";
import { Field } from "../../ui/Field";

interface Props {
  parameters: readonly BotParameter[];
  draft: ParameterTexts;
  /** Sentences by parameter. */
  problems: Readonly<Record<string, string>>;
  isReadOnly?: boolean;
  onChange: (draft: ParameterTexts) => void;
}

/** One field for each parameter, by the name that the API and the command line have for it. */
export function ParameterFields(props: Props) {
  const { parameters, draft, problems, isReadOnly = false, onChange } = props;
  return (
    <div className="bot-fields">
      {parameters.map((parameter) => (
        <Field
          key={parameter.name}
          label={parameter.name}
          hint={hintOf(parameter)}
          problem={problems[parameter.name]}
        >
          {(attributes) => (
            <input
              {...attributes}
              className="num"
              type="text"
              name={parameter.name}
              inputMode={/^(int|float)$/.test(parameter.type) ? "decimal" : "text"}
              autoComplete="off"
              spellCheck={false}
              maxLength={512}
              readOnly={isReadOnly}
              value={draft[parameter.name] ?? ""}
              onChange={(event) => onChange({ ...draft, [parameter.name]: event.target.value })}
            />
          )}
        </Field>
      ))}
    </div>
  );
}

function hintOf({ description, default: value }: BotParameter): string {
  const said = say("default", { value });
  return description === "" ? said : `${description}. ${said}`;
}
