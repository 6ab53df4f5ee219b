import { chatEndpoint, type Target } from "./target.ts";

export interface GivenGateway {
  /** Its origin, or the whole address of its chat completions. */
  readonly url: string;
  /** The root of its process tree, where it runs on this machine. Without it no CPU time can be told. */
  readonly pid: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Any gateway that somebody has started, and set up to send `bench-group` to the upstream of the bench. */
export function givenGateway({ url, pid, headers }: GivenGateway): Target {
  const { hostname, port, pathname } = new URL(url);
  const usual = chatEndpoint(Number(port === "" ? 80 : port), headers);
  return {
    name: "given",
    doors: ["rest"],
    version: () => url,
    start: () =>
      Promise.resolve({
        pid,
        rest: { ...usual, host: hostname, path: pathname === "/" ? usual.path : pathname },
        stop: () => Promise.resolve(),
      }),
  };
}
