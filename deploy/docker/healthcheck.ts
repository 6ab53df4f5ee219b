/** Asks the server in this container whether it takes new requests. Exit code 0: it does. Set up by the environment that sets up the server. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** Below the patience of the image's HEALTHCHECK, so that it is this that says why. */
const timeoutMs = 4_000;

const secure = (process.env["HUNTGROUP_TLS_CERT"] ?? "") !== "";
const options = { host: "127.0.0.1", port: Number(process.env["HUNTGROUP_PORT"] ?? 8_000), path: "/health/readiness", timeout: timeoutMs };
// The certificate is for the name that callers use, not for this address; and nothing but the status is read.
const request = secure ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);

function end(exitCode: 0 | 1, words: string): void {
  process.stdout.write(`${words}\n`);
  process.exit(exitCode);
}

request
  .on("response", ({ statusCode = 0 }) => end(statusCode === 200 ? 0 : 1, `readiness answers ${statusCode}`))
  .on("timeout", () => end(1, `no answer within ${timeoutMs} ms`))
  .on("error", (error) => end(1, error.message))
  .end();
