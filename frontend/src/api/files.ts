import { respond } from "./http";

/** An export may be long. */
const FILE_TIMEOUT_MS = 120_000;

/**
 * A file that the API makes, under the name it gives it.
 *
 * @throws ApiError | NoAnswerError
 */
export async function getFile(path: string): Promise<{ name: string; content: Blob }> {
  const response = await respond("GET", path, { timeoutMs: FILE_TIMEOUT_MS });
  const disposition = response.headers.get("Content-Disposition") ?? "";
  const name =
    /filename="([^"]+)"/.exec(disposition)?.[1] ?? path.split("/").at(-1)!.split("?")[0]!;
  return { name, content: await response.blob() };
}
