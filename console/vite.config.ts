import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Languages for people and machines; what is packed already gains nothing. */
const compressible = /\.(?:html|js|css|svg)$/;

/** Lays each file's compressed forms beside it, so that the server has nothing to compress, neither at its start nor for a request. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (!compressible.test(file.fileName)) continue;
          const content = Buffer.from(file.type === "chunk" ? file.code : file.source);
          this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: brotliCompressSync(content) });
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gzipSync(content, { level: 9 }) });
        }
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the console also works behind a proxy that serves it under another path.
  base: "./",
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    // Where `light-dark()` and module scripts are known; nothing is rewritten for browsers older than that.
    target: ["es2024", "chrome123", "firefox120", "safari17.5"],
    // The content security policy knows no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [precompressed()],
});
