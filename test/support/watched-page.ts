import type { Browser, ConsoleMessage, Page } from "playwright-core";

/**
 * A browser reports each call that was refused or cut, however well the page takes it; and asking without a key is how the console learns
 * that it needs one. What is missing of the page itself is no such call.
 */
function tellsOfRefusal(message: ConsoleMessage): boolean {
  return message.text().startsWith("Failed to load resource") && new URL(message.location().url).pathname.startsWith("/huntgroup.v1.");
}

/** Everything of a page that could go wrong unseen. */
export class WatchedPage {
  readonly page: Page;
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => void this.faults.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !tellsOfRefusal(message)) this.faults.push(message.text());
    });
  }

  static async open(browser: Browser, options: { readonly colorScheme?: "light" | "dark" } = {}): Promise<WatchedPage> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: options.colorScheme ?? "light",
    });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const watched = new WatchedPage(page);
    await page.exposeFunction("reportViolation", (what: string) => void watched.faults.push(`content security policy: ${what}`));
    await page.addInitScript(`addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      reportViolation(violatedDirective + " " + blockedURI))`);
    return watched;
  }
}
