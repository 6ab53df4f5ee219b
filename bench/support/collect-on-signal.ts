/** Preloaded with `--import` beside `--expose-gc`: SIGUSR2 has the garbage of this process collected. */
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  // What is only freed by finalisers of the first time is garbage for the second.
  setImmediate(() => globalThis.gc?.());
});
