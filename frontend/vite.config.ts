import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const gateway = "http://127.0.0.1:3000";

/** Below it a compressed copy saves less than the header that names it costs. */
const COMPRESS_FROM_BYTES = 1_024;

/**
 * Puts a .gz and a .br beside each text file; the gateway sends them to browsers that take them. Made of the
 * files as written: earlier, chunks still hold placeholders.
 */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    enforce: "post",
    writeBundle({ dir }) {
      for (const name of readdirSync(dir!, { recursive: true, encoding: "utf8" })) {
        const path = join(dir!, name);
        if (!/\.(js|css|html|svg)$/.test(name) || statSync(path).size < COMPRESS_FROM_BYTES)
          continue;
        const text = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(text));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  server: {
    proxy: { "/api": { target: gateway, ws: true } },
  },
  build: {
    target: "es2022",
    // The content security policy allows no inline script and no data: script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler|zustand)[\\/]/ },
            { name: "chart", test: /node_modules[\\/](lightweight-charts|fancy-canvas)[\\/]/ },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
