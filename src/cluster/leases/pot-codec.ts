import type { LeaseAnswer } from "./lease-store.ts";
import { potKinds, potStatuses, type PotMessage, type PotReply, type SenderState } from "./pot-message.ts";

/** How many values the script answers before those of the limits, and for each limit. */
const headLength = 3;
const replyLength = 7;

/** The arguments of the script in `pot-script.ts`. */
export function encodeSync(sender: SenderState, messages: readonly PotMessage[]): readonly (string | number)[] {
  const { name, startedAt, knownRun, acknowledged, nodeTtlMs } = sender;
  const words: (string | number)[] = [name, startedAt, knownRun, acknowledged, nodeTtlMs];
  for (const message of messages) encode(message, words);
  return words;
}

function encode(message: PotMessage, words: (string | number)[]): void {
  const { kind, limit, incarnation, begins, booked, credited, returned, wanted, least, mayExceed, share, held, told } = message;
  words.push(potKinds.indexOf(kind), limit, incarnation, begins ? 1 : 0, booked, credited, returned);
  words.push(wanted, least, message.isLean ? 1 : 0, mayExceed ? 1 : 0, share, held, message.total, message.heard);
  words.push(message.nodes, message.periodLeftMs, message.periodMs, message.leaves ? 1 : 0, told.length * 2);
  for (const [age, amount] of told) words.push(age, amount);
}

/** Reads the script's answer. Throws a TypeError where it is none. */
export function decodeAnswer(answer: unknown, count: number): LeaseAnswer {
  if (!Array.isArray(answer) || answer.length !== headLength + count * replyLength)
    throw new TypeError("the store's answer to a message of leases is none");
  const [run, ...numbers] = answer.map((value, index) => (index === 0 ? String(value) : Number(value)));
  const values = numbers.map(Number);
  if (values.some(Number.isNaN)) throw new TypeError("the store's answer to a message of leases is none");
  const replies = Array.from({ length: count }, (_, index) =>
    decode(values.slice(headLength - 1 + index * replyLength, headLength - 1 + (index + 1) * replyLength)),
  );
  return { run: String(run), storeMs: values[0] ?? 0, isWaiting: values[1] === 1, replies };
}

function decode([status = 0, granted = 0, idle = 0, nodes = 0, booked = 0, untilMs = 0, contested = 0]: readonly number[]): PotReply {
  return { status: potStatuses[status] ?? "stale", granted, idle, nodes, booked, untilMs, contested: contested === 1 };
}
