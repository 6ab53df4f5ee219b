import { tryAnthropic } from "./anthropic-client.mjs";

await tryAnthropic("2023-06-01");
