import { expect, test } from "vitest";

/** What each folder of src may import, besides itself. Imports point down; features do not know each other. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  lib: [],
  styles: [],
  i18n: ["lib"],
  api: ["lib"],
  engine: ["api", "lib"],
  bridge: ["engine", "api", "lib"],
  state: ["bridge", "engine", "api", "i18n", "lib"],
  ui: ["i18n", "lib"],
  features: ["ui", "state", "bridge", "engine", "api", "i18n", "lib"],
  pages: ["features", "ui", "state", "i18n"],
};
/** Of the engine the rest may use formats and types; its machinery runs in the worker alone. */
const WORKER_ONLY = ["engine/worker", "engine/socket", "engine/publisher", "engine/market-session"];

const SOURCES = import.meta.glob<string>("../src/**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

interface Import {
  from: string;
  to: string;
}

function imports(): Import[] {
  return Object.entries(SOURCES).flatMap(([path, text]) => {
    const from = path.replace("../src/", "");
    const specifiers = text.matchAll(/(?:from|import\(|import)\s*"(\.[^"]+)"/g);
    return [...specifiers].map((match) => ({ from, to: resolve(from, match[1]!) }));
  });
}

function resolve(from: string, specifier: string): string {
  const path = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") path.pop();
    else if (part !== ".") path.push(part);
  }
  return path.join("/");
}

function layerOf(path: string): string {
  return path.includes("/") ? path.split("/")[0]! : "";
}

test("every import points down", () => {
  const wrong = imports().filter(({ from, to }) => {
    const [fromLayer, toLayer] = [layerOf(from), layerOf(to)];
    return fromLayer !== "" && fromLayer !== toLayer && !MAY_IMPORT[fromLayer]!.includes(toLayer);
  });
  expect(wrong).toEqual([]);
});

test("a feature never imports a feature", () => {
  const featureOf = (path: string) => path.split("/").slice(0, 2).join("/");
  const wrong = imports().filter(
    ({ from, to }) =>
      layerOf(from) === "features" &&
      layerOf(to) === "features" &&
      featureOf(from) !== featureOf(to),
  );
  expect(wrong).toEqual([]);
});

test("the worker's machinery stays in the worker", () => {
  const wrong = imports().filter(
    ({ from, to }) => WORKER_ONLY.includes(to) && layerOf(from) !== "engine",
  );
  expect(wrong).toEqual([]);
});

test("there is something to check", () => {
  expect(imports().length).toBeGreaterThan(50);
});
