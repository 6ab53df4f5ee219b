import { tryAnthropic } from "./anthropic-client.mjs";

await tryAnthropic();
