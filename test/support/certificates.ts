import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/** A certificate with its private key, in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
interface Subject {
  readonly name: string;
  /** Host names, among the subject's alternative names. */
  readonly dns?: readonly string[];
  /** URIs among them, such as a SPIFFE id. */
  readonly uris?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const longAgo = new Date("2020-01-01T00:00:00Z");
const longAhead = new Date("2049-01-01T00:00:00Z");

/** An authority that a test makes for itself. Certificates are written here byte by byte, so that no program is needed for it. */
export class Authority {
  readonly #name: string;
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  /** Its own certificate, in PEM. */
  readonly cert: string;

  constructor(name = "Test Authority") {
    this.#name = name;
    this.cert = certificate({ name }, this.#keys.publicKey, { name, key: this.#keys.privateKey }, true);
  }

  issue(subject: Subject): Certified {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const cert = certificate(subject, publicKey, { name: this.#name, key: this.#keys.privateKey }, false);
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }) };
  }
}

function certificate(subject: Subject, publicKey: KeyObject, issuer: { name: string; key: KeyObject }, isAuthority: boolean): string {
  const { notBefore = longAgo, notAfter = longAhead, dns = [], uris = [] } = subject;
  const names = [...dns.map((name) => der(0x82, Buffer.from(name))), ...uris.map((uri) => der(0x86, Buffer.from(uri)))];
  const constraints = extension(basicConstraints, isAuthority ? sequence(der(0x01, Buffer.from([0xff]))) : sequence());
  const alternatives = names.length === 0 ? [] : [extension(subjectAlternativeName, sequence(...names))];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    commonName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    commonName(subject.name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(constraints, ...alternatives)),
  );
  const signature = sign("sha256", body, issuer.key);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString("base64").replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** A value in DER, after its tag and length. */
function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(Buffer.from([0x06, 3, 0x55, 4, 3]), der(0x0c, Buffer.from(name)))));
}

function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replaceAll(/\D/g, "").slice(2, 14)}Z`));
}

function extension(id: Buffer, value: Buffer): Buffer {
  return sequence(id, der(0x04, value));
}

const basicConstraints = Buffer.from([0x06, 3, 0x55, 0x1d, 19]);
const subjectAlternativeName = Buffer.from([0x06, 3, 0x55, 0x1d, 17]);
/** ecdsa-with-SHA256. */
const algorithm = sequence(Buffer.from([0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]));
