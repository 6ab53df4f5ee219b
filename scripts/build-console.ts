/** Builds the browser's console into `dist/console`. */
import { join } from "node:path";
import { build } from "vite";

await build({ configFile: join(import.meta.dirname, "../console/vite.config.ts"), logLevel: "warn" });
process.stdout.write("the console is built: dist/console\n");
