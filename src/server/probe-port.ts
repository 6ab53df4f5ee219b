import { createServer } from "node:net";

/**
 * Whether a port is free: a listener that shares its port would be let in beside another program's that does the same.
 * @throws What the platform throws when it is not.
 */
export function probePort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}
