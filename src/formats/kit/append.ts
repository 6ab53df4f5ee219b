/**
 * Puts more behind a list, however much: what is spread into a call's arguments must not be long, since these stand on the stack.
 */
export function append<T>(list: T[], more: Iterable<T>): void {
  for (const one of more) list.push(one);
}
