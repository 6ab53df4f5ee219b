#!/usr/bin/env node
/**
 * Where the published package begins. It is written so that a Node that is too old for the rest reads it too, and says so in one line:
 * without it, that Node shows a stack trace about syntax or a module that it does not have.
 */
const [oldestMajor, oldestMinor] = [22, 19];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
  void import("./main.ts");
} else {
  process.stderr.write(
    `huntgroup: needs Node ${oldestMajor}.${oldestMinor} or newer; this is ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exitCode = 1;
}
