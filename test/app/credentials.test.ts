import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { composeCredentials } from "../../src/app/credentials.ts";
import { ConfigurationInForce } from "../../src/config/load/configuration-in-force.ts";
import type { LoadedConfig } from "../../src/config/load/load-config.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { FetchedCredentials } from "../../src/core/provider.ts";
import type { Log } from "../../src/telemetry/log/log.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("the credentials of the deployments in force", () => {
  beforeEach(() => {
    one = new Counted(Promise.resolve(undefined));
    other = new Counted(Promise.resolve(undefined));
  });

  it("are fetched before the start is over", async () => {
    const { credentials, clock } = setUp([one]);
    assert.equal(one.begun, 0);
    await credentials.begin();
    assert.deepEqual([one.begun, one.ended, clock.pending], [1, 0, 0]);
  });

  it("keep a start waiting for 10 s at most", async () => {
    const { credentials, clock } = setUp([endless]);
    let isOver = false;
    const begun = credentials.begin().then(() => (isOver = true));
    await turn();
    clock.advance(9_999);
    await turn();
    assert.equal(isOver, false);
    clock.advance(1);
    await begun;
  });

  it("are fetched before another configuration comes into force, and those that are gone are renewed no more", async () => {
    const { credentials, inForce } = setUp([one]);
    await credentials.begin();
    const next = configOf([other]);
    await inForce.prepare(next);
    assert.deepEqual([other.begun, one.ended], [1, 0]);
    inForce.put({ config: next });
    assert.deepEqual([other.ended, one.ended], [0, 1]);
    inForce.put({ weights: new Map() });
    assert.equal(other.ended, 0);
  });

  it("are renewed no more where a configuration never came into force, once another one has", async () => {
    const { credentials, inForce } = setUp([one]);
    await credentials.begin();
    await inForce.prepare(configOf([other]));
    const next = configOf([one]);
    await inForce.prepare(next);
    inForce.put({ config: next });
    assert.deepEqual([one.ended, other.ended], [0, 1]);
  });

  it("end with the program", async () => {
    const { credentials } = setUp([one, other]);
    await credentials.begin();
    credentials.end();
    credentials.end();
    assert.deepEqual([one.ended, other.ended], [1, 1]);
  });

  it("say once why they could not be had, and for which groups", async () => {
    const { credentials, lines } = setUp([refused, refused, refused]);
    await credentials.begin();
    assert.deepEqual(lines, ["warn a,b Could not get the token."]);
  });
});

class Counted implements FetchedCredentials {
  begun = 0;
  ended = 0;
  readonly #outcome: Promise<RouterError | undefined>;

  constructor(outcome: Promise<RouterError | undefined>) {
    this.#outcome = outcome;
  }

  begin(): Promise<RouterError | undefined> {
    this.begun++;
    return this.#outcome;
  }

  end(): void {
    this.ended++;
  }
}

let one: Counted;
let other: Counted;
const endless = new Counted(new Promise(() => undefined));
const refused = new Counted(Promise.resolve(new RouterError("upstream_auth", "Could not get the token.")));

function configOf(credentials: readonly FetchedCredentials[]): LoadedConfig {
  const groups = ["a", "b", "b"];
  const deployments = [
    { adapter: {} },
    ...credentials.map((wanted, index) => ({ group: groups[index], adapter: { credentials: wanted } })),
  ];
  return { source: { deployments } } as unknown as LoadedConfig;
}

function setUp(credentials: readonly FetchedCredentials[]) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = {
    write: (level: string, { groups }: { readonly groups: readonly string[] }, message: string) =>
      lines.push(`${level} ${groups.join(",")} ${message}`),
  } as unknown as Log;
  const inForce = new ConfigurationInForce(configOf(credentials));
  return { clock, lines, inForce, credentials: composeCredentials(inForce, clock, log) };
}
