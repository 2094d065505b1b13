import { getFile } from "../api/files";
import { errorText } from "./errors";
import { showToast } from "./toasts";

/** Has the browser save a file of the API; `said`: what is told when it is there. */
export async function saveFile(path: string, said: (name: string) => string): Promise<void> {
  try {
    const { name, content } = await getFile(path);
    saveContent(name, content);
    showToast("plain", said(name));
  } catch (error) {
    showToast("warning", errorText(error));
  }
}

export function saveContent(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
