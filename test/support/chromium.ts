import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Options of a test that needs a browser: skipped, with the reason, where there is none. */
export const withChromium = existsSync(executablePath)
  ? {}
  : { skip: `there is no ${executablePath}: apt-get install chromium, or name another one in CHROMIUM` };

/** No sandbox: tests often run as root. The others keep the browser from talking to anybody else. */
const browserArguments = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args: browserArguments });
}
