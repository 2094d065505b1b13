import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const gateway = "http://127.0.0.1:3000";

/** Below it a compressed copy saves less than the header that names it costs. */
const COMPRESS_FROM_BYTES = 256;

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
            {
              name: "react",
              priority: 3,
              test: /node_modules[\\/](react|react-dom|scheduler|zustand)[\\/]/,
            },
            // Few files: crumbs compress badly. What every page has, and what only who is logged in has.
            {
              name: "core",
              priority: 2,
              test: /src[\\/](ui[\\/]Field\.|lib[\\/](decimal-text|format|whole-units|fixed-point)\.|api[\\/](http|endpoints|instrument-spec)\.|bridge[\\/]|i18n[\\/](en|translate)\.|state[\\/](session|market|preferences|toasts|confirm|errors|own-side|connection)\.)/,
            },
            {
              name: "own",
              priority: 1,
              test: /src[\\/]state[\\/](own-|orders|order-|fill-notices|balances|place-order)/,
            },
            {
              name: "way-in",
              priority: 1,
              test: /src[\\/](features[\\/]auth[\\/](AuthForms|PasswordForm|FormEnd|EmailField|auth-terms)|i18n[\\/]auth)\./,
            },
            {
              name: "parts",
              priority: 1,
              test: /src[\\/]ui[\\/](Price|DecimalInput|Segmented|Tabs|DataTable)\./,
            },
            {
              name: "chart",
              priority: 3,
              test: /node_modules[\\/](lightweight-charts|fancy-canvas)[\\/]/,
            },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
