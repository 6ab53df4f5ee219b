import { createClient, createCluster, createSentinel } from "@redis/client";
import type { HostPort, SharedStateSettings, StoreTls } from "../../config/settings/shared-state-settings.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { StoreConnection } from "../store/store-connection.ts";
import { StoreError } from "../store/store-error.ts";
import type { StoreScript } from "../store/store-script.ts";

/** An answer that has not come by then is not waited for. */
const answerMs = 1_000;
/** A connection on which nothing comes for so long is given up, with all that waits on it. */
const silentMs = 3_000;
const connectMs = 2_000;
const firstRetryMs = 50;
const longestRetryMs = 2_000;

type Arguments = readonly string[];

/** What the three kinds of clients have in common here. */
interface Sender {
  readonly isReady: boolean;
  send(key: string, words: Arguments): Promise<unknown>;
  publish(channel: string, text: string): Promise<unknown>;
  subscribe(channel: string, listener: (text: string) => void): Promise<unknown>;
  open(): Promise<unknown>;
  close(): void;
}

interface RedisDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** Valkey or Redis: one server, what Sentinel says is the primary, or a cluster. */
export class RedisConnection implements StoreConnection {
  readonly isCluster: boolean;
  readonly #clock: Clock;
  readonly #sender: Sender;
  readonly #opened: Promise<void>;
  #isClosed = false;

  /** Begins to connect; {@link isUp} says whether it has. */
  constructor(settings: SharedStateSettings, { clock, random }: RedisDeps) {
    this.#clock = clock;
    this.isCluster = settings.place.kind === "cluster";
    this.#sender = senderOf(settings, random);
    this.#opened = this.#open(random);
  }

  /** What goes wrong is tried again, and told to whoever asks in the meantime. */
  async #open(random: Random): Promise<void> {
    for (let tries = 0; !this.#isClosed; tries++) {
      try {
        await this.#sender.open();
        return;
      } catch {
        await new Promise<void>((resolve) => void this.#clock.schedule(retryMs(tries, random), resolve, true));
      }
    }
  }

  get isUp(): boolean {
    return this.#sender.isReady;
  }

  async run({ text, digest }: StoreScript, keys: readonly string[], words: readonly (string | number)[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...words.map(String)];
    const [key = ""] = keys;
    try {
      return await this.command(key, ["EVALSHA", digest, ...rest]);
    } catch (error) {
      const { cause } = StoreError.of(error);
      if (!(cause instanceof Error) || !cause.message.startsWith("NOSCRIPT")) throw error;
      return await this.command(key, ["EVAL", text, ...rest]);
    }
  }

  command(key: string, words: readonly string[]): Promise<unknown> {
    return this.#within(() => this.#sender.send(key, words));
  }

  async publish(channel: string, text: string): Promise<void> {
    await this.#within(() => this.#sender.publish(channel, text));
  }

  subscribe(channel: string, listener: (text: string) => void): void {
    void this.#listen(channel, listener);
  }

  async #listen(channel: string, listener: (text: string) => void): Promise<void> {
    await this.#opened;
    if (!this.#isClosed) await this.#sender.subscribe(channel, listener).catch(() => undefined);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#sender.close();
    return Promise.resolve();
  }

  #within(ask: () => Promise<unknown>): Promise<unknown> {
    if (!this.#sender.isReady) return Promise.reject(new StoreError("unreachable", "it cannot be reached"));
    return new Promise((resolve, reject) => {
      const timer = this.#clock.schedule(answerMs, () => reject(new StoreError("timeout", "it does not answer in time")));
      const answered = ask().finally(() => this.#clock.cancel(timer));
      answered.then(resolve).catch((error: unknown) => reject(StoreError.of(error)));
    });
  }
}

function retryMs(tries: number, random: Random): number {
  return Math.min(firstRetryMs * 2 ** Math.min(tries, 10), longestRetryMs) * (0.5 + random.next() / 2);
}

function senderOf({ place, username, password, database, tls }: SharedStateSettings, random: Random): Sender {
  const retry = (tries: number): number => retryMs(tries, random);
  const account = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
  };
  const times = { connectTimeout: connectMs, reconnectStrategy: retry };
  const secure = tls === undefined ? undefined : tlsOptions(tls);
  // Nothing comes on a connection that listens while nobody says anything.
  const asking = { ...secure, ...times, socketTimeout: silentMs };
  switch (place.kind) {
    case "server":
    case "socket": {
      const at = place.kind === "socket" ? { path: place.path } : { host: place.host, port: place.port };
      const queue = { disableOfflineQueue: true, commandsQueueMaxLength: 1_000 };
      return plainSender({ ...account, ...queue, socket: { ...at, ...asking } }, { ...account, socket: { ...at, ...secure, ...times } });
    }
    case "sentinel": {
      const own = place.password === undefined ? {} : { password: place.password };
      return sentinelSender(
        place.name,
        place.sentinels,
        { ...account, socket: { ...secure, ...times } },
        { ...own, socket: { ...secure, ...times } },
      );
    }
    case "cluster":
      return clusterSender(place.nodes, { ...account, socket: { ...secure, ...times } });
    default:
      return place satisfies never;
  }
}

function tlsOptions({ ca, serverName }: StoreTls): SecureOptions {
  return { tls: true, ...(ca !== undefined && { ca }), ...(serverName !== undefined && { servername: serverName }) };
}

interface SecureOptions {
  readonly tls: true;
  readonly ca?: string;
  readonly servername?: string;
}

type ClientOptions = NonNullable<Parameters<typeof createClient>[0]>;

function plainSender(options: ClientOptions, listening: ClientOptions): Sender {
  const client = createClient(options);
  const listener = createClient(listening);
  for (const one of [client, listener]) one.on("error", () => undefined);
  return {
    get isReady() {
      return client.isReady;
    },
    send: (_key, words) => client.sendCommand([...words]),
    publish: (channel, text) => client.publish(channel, text),
    subscribe: (channel, heard) => listener.subscribe(channel, heard),
    open: () => Promise.all([client.connect(), listener.connect()]),
    close: () => {
      client.destroy();
      listener.destroy();
    },
  };
}

function sentinelSender(name: string, sentinels: readonly HostPort[], node: ClientOptions, sentinel: ClientOptions): Sender {
  const client = createSentinel({
    name,
    sentinelRootNodes: sentinels.map(({ host, port }) => ({ host, port })),
    nodeClientOptions: node,
    sentinelClientOptions: sentinel,
    passthroughClientErrorEvents: false,
  });
  client.on("error", () => undefined);
  return {
    get isReady() {
      return client.isReady;
    },
    send: (_key, words) => client.sendCommand(false, [...words]),
    publish: (channel, text) => client.publish(channel, text),
    subscribe: (channel, heard) => client.subscribe(channel, heard),
    open: () => client.connect(),
    close: () => void client.destroy(),
  };
}

function clusterSender(nodes: readonly HostPort[], defaults: ClientOptions): Sender {
  const client = createCluster({ rootNodes: nodes.map(({ host, port }) => ({ socket: { host, port } })), defaults });
  let isOpen = false;
  client.on("error", () => undefined);
  return {
    get isReady() {
      return isOpen && client.isOpen;
    },
    send: (key, words) => client.sendCommand(key, false, [...words]),
    publish: (channel, text) => client.publish(channel, text),
    subscribe: (channel, heard) => client.subscribe(channel, heard),
    open: async () => {
      await client.connect();
      isOpen = true;
    },
    close: () => client.destroy(),
  };
}
