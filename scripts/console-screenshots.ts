/**
 * Draws docs/console-*.png: the console in a real Chromium, at two sizes and in both themes, with simulated services behind it.
 * It needs a Chromium (`CHROMIUM=/path/to/it` where it is not in the usual place).
 */
import { join } from "node:path";
import { buildConsole } from "../test/support/build-console.ts";
import { launchChromium } from "../test/support/chromium.ts";
import { startConsoleDemo } from "../test/support/console-demo.ts";
import { consolePlans } from "../test/support/console-plans.ts";

const sizes = [
  { name: "wide", width: 1280, height: 800 },
  { name: "narrow", width: 420, height: 900 },
];
const themes = ["light", "dark"] as const;

const docs = join(import.meta.dirname, "../docs");
const built = await buildConsole();
const demo = await startConsoleDemo({ deployments: consolePlans, callsPerSecond: 6, consoleFolder: built.folder });
const browser = await launchChromium();
for (const { name, width, height } of sizes) {
  for (const colorScheme of themes) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(`${demo.origin}/console`);
    await page.getByRole("button", { name: "Charts of gpt-4o" }).waitFor();
    if (name === "wide") await page.getByRole("button", { name: "Charts of gpt-4o" }).click();
    // By then the shares of the present traffic can be shown.
    await page.waitForTimeout(6_000);
    await page.screenshot({ path: join(docs, `console-${name}-${colorScheme}.png`) });
    await page.close();
  }
}
await browser.close();
await demo.stop();
await built.remove();
