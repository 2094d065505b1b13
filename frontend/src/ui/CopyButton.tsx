import { useState } from "react";

interface Props {
  text: string;
  label: string;
  copiedLabel: string;
  /** What is copied, for who cannot see what stands beside it. */
  name: string;
}

/** Copies a text; says so in its own label. */
export function CopyButton({ text, label, copiedLabel, name }: Props) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="row-button"
      aria-label={`${copied ? copiedLabel : label}: ${name}`}
      onClick={async () => setCopied(await copyText(text))}
      onBlur={() => setCopied(false)}
    >
      {copied ? copiedLabel : label}
    </button>
  );
}

/** False if the browser does not let it: it does so on secure origins only. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.className = "unseen";
  // Inside an open dialog: what stands outside it cannot be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  // biome-ignore lint/suspicious/noExplicitAny: deprecated, and the only way on an origin without TLS
  const done = (document as any).execCommand("copy") === true;
  area.remove();
  return done;
}
