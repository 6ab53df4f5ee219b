import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { test } from "node:test";
import { readTls, tlsFiles } from "../../src/cli/local/read-tls.ts";
import { createLog } from "../../src/telemetry/log/log.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { Parties } from "../support/parties.ts";

const authority = new Authority();
const config = "model_list: [{model_name: m, litellm_params: {model: mock/m}}]\n";

async function shownBy(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca: authority.cert });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

function get(url: string, agent: Agent): Promise<{ status: number | undefined; reused: boolean }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { agent }, (response) => {
      response.resume().on("end", () => resolve({ status: response.statusCode, reused: request.reusedSocket }));
    });
    request.on("error", reject);
    request.end();
  });
}

for (const threads of [1, 2]) {
  test(`a renewed certificate is shown, a broken one is not, and no connection ends for it, with ${threads} threads`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "huntgroup-renewal-"));
    const parties = new Parties();
    const [tlsCertFile, tlsKeyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const put = (name: string): void => {
      const { cert, key } = authority.issue({ name, dns: ["localhost"] });
      writeFileSync(tlsCertFile, cert);
      writeFileSync(tlsKeyFile, key);
    };
    put("first");
    const options = { tlsCertFile, tlsKeyFile, tlsClientCaFile: undefined, tlsClientAuth: undefined };
    const io = { readFile: (path: string) => readFile(path, "utf8") };
    const tls = await readTls(options, io);
    const files = tlsFiles(options, io);
    assert.ok(tls !== undefined && !(tls instanceof Error) && files !== undefined);
    const lines: string[] = [];
    const output = { write: (line: string) => void lines.push(line) };
    try {
      const service = await parties.service(config, {
        threads,
        tls,
        tlsFiles: files,
        openLog: ({ secrets }) => createLog({ level: "info", secrets, clock: systemClock, output }),
      });
      const agent = parties.add(new Agent({ keepAlive: true, maxSockets: 1, ca: authority.cert, servername: "localhost" }), (one) =>
        one.destroy(),
      );
      assert.equal((await get(`${service.origin}/health/readiness`, agent)).status, 200);
      assert.equal(await shownBy(service.port), "first");

      writeFileSync(tlsKeyFile, authority.issue({ name: "other" }).key);
      await eventually(async () => assert.match(lines.join(""), /certificate of before stays in use/));
      assert.equal(await shownBy(service.port), "first");

      put("second");
      await eventually(async () => assert.match(lines.join(""), /certificate was renewed/));
      // Every thread is asked in time.
      await eventually(async () => {
        const shown = await Promise.all(Array.from({ length: 8 }, () => shownBy(service.port)));
        assert.deepEqual(new Set(shown), new Set(["second"]));
      });
      assert.deepEqual(await get(`${service.origin}/health/readiness`, agent), { status: 200, reused: true });
      assert.doesNotMatch(lines.join(""), /PRIVATE KEY/);
    } finally {
      await parties.end();
      rmSync(folder, { recursive: true });
    }
  });
}
