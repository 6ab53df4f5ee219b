import type { HttpHandler, HttpRequest } from "../inbound/http-handler.ts";
import { pathOfUrl } from "../inbound/path-of-url.ts";
import { readConsoleFiles, type ConsoleFile, type ConsoleForm } from "./console-files.ts";

/** Where the console is. */
export interface ConsoleHandlerOptions {
  /** The folder of the built console: `dist/console`. */
  readonly folder: string;
}

/**
 * Serves the console: a page, its script and its styles. They hold no secrets; what they show comes from AdminService, which asks for the
 * key.
 */
export interface ConsoleHandler {
  /** Whether a path is one of the console's. @param path With or without a query. */
  matches(path: string): boolean;
  /** Answers a request. Does not throw. */
  readonly handle: HttpHandler;
}

/** What HTTP/1.1's and HTTP/2's responses have in common, for a compiler that cannot call a union of overloads. */
interface ResponseWriter {
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  end(body?: Buffer | string): unknown;
}

/**
 * The page loads everything from this server, talks to no other, and may not be put into another page. A script that was smuggled into a
 * text that the page shows would not run.
 */
const securityHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** For a year. The build names each asset after its content, so another content has another name. */
const forever = "public, max-age=31536000, immutable";
/** Browsers keep the page, but ask each time whether it changed: it names the assets of one build. */
const askEachTime = "no-cache";

const notBuilt = "The console is not built here. In a clone of the sources, npm run build:console builds it.\n";

/** Reads the console's files once and serves them from memory. Where it was not built, says so. */
export function createConsoleHandler({ folder }: ConsoleHandlerOptions): ConsoleHandler {
  const files = readConsoleFiles(folder);

  const answer = (request: HttpRequest, writer: ResponseWriter): void => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      sayNo(writer, 405, "The console is only looked at: use GET or HEAD.\n", { allow: "GET, HEAD" });
      return;
    }
    const path = pathOfUrl(request.url ?? "");
    if (path === "/console") {
      // The page's own links are relative to it, so that it also works below a proxy's path.
      writer.writeHead(308, { ...securityHeaders, location: "console/", "content-length": 0, "cache-control": askEachTime });
      writer.end();
      return;
    }
    if (files === undefined) {
      sayNo(writer, 404, notBuilt);
      return;
    }
    const name = path.slice("/console/".length);
    const file = files.get(name === "" ? "index.html" : name);
    if (file === undefined) sayNo(writer, 404, "The console has no such file.\n");
    else send(request, writer, file, name.startsWith("assets/"));
  };

  return {
    matches(path) {
      return path.startsWith("/console/") || pathOfUrl(path) === "/console";
    },
    handle: (request, response) => answer(request, response as ResponseWriter),
  };
}

function send(request: HttpRequest, writer: ResponseWriter, file: ConsoleFile, hashed: boolean): void {
  const { encoding, form } = chooseForm(file, request.headers["accept-encoding"]);
  const headers = {
    ...securityHeaders,
    "cache-control": hashed ? forever : askEachTime,
    etag: form.etag,
    vary: "accept-encoding",
  };
  if (isKnown(request.headers["if-none-match"], form.etag)) {
    writer.writeHead(304, headers);
    writer.end();
    return;
  }
  writer.writeHead(200, {
    ...headers,
    "content-type": file.contentType,
    "content-length": form.content.length,
    ...(encoding !== undefined && { "content-encoding": encoding }),
  });
  if (request.method === "HEAD") writer.end();
  else writer.end(form.content);
}

/** The smallest form of a file that the client accepts. */
function chooseForm(file: ConsoleFile, accepted: string | string[] | undefined): { encoding: string | undefined; form: ConsoleForm } {
  const codings = parseCodings(Array.isArray(accepted) ? accepted.join(",") : (accepted ?? ""));
  for (const encoding of ["br", "gzip"] as const) {
    const form = file.forms[encoding];
    if (form !== undefined && codings.has(encoding)) return { encoding, form };
  }
  return { encoding: undefined, form: file.forms.identity };
}

/** The codings that the client accepts: those without a quality, or with one above 0. */
function parseCodings(header: string): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const part of header.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const refused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    if (!refused) wanted.add(name);
  }
  return wanted;
}

function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
}

function sayNo(writer: ResponseWriter, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  writer.writeHead(status, {
    ...securityHeaders,
    "cache-control": "no-store",
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  // To HEAD, Node sends no body.
  writer.end(text);
}
