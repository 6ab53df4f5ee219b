/** Preloaded into the program: tells each of OpenTelemetry's modules that it loads. The API is none of it: prom-client brings that. */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    if (/@opentelemetry\/(?!api\/)/.test(resolved.url)) process.stderr.write(`loaded ${resolved.url}\n`);
    return resolved;
  },
});
