/** Runs `task` once everything that the system has already reported was dealt with: what has come in on sockets, and who has hung up. */
export function afterPoll(task: () => void): void {
  setImmediate(task);
}
