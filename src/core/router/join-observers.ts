import type { AttemptObserver, CallObserver, RouterObserver } from "../observer.ts";

/**
 * Joins observers into one; undefined when there are none, so that a call without observers pays for none. What an observer throws is
 * reported, and does not reach the call or the other observers.
 */
export function joinObservers(
  observers: readonly RouterObserver[],
  onInternalError: (error: unknown) => void,
): Required<RouterObserver> | undefined {
  if (observers.length === 0) return undefined;
  const each = <Item>(items: readonly Item[], task: (item: Item) => void): void => {
    for (const item of items) {
      try {
        task(item);
      } catch (error) {
        onInternalError(error);
      }
    }
  };
  const collect = <Item, Made>(items: readonly Item[], make: (item: Item) => Made | undefined): readonly Made[] => {
    const made: Made[] = [];
    each(items, (item) => {
      const one = make(item);
      if (one !== undefined) made.push(one);
    });
    return made;
  };
  const joinAttempt = (parts: readonly AttemptObserver[]): AttemptObserver | undefined =>
    parts.length === 0
      ? undefined
      : {
          headers: Object.assign({}, ...parts.map((part) => part.headers ?? {})) as Record<string, string>,
          sent: (origin) => each(parts, (part) => part.sent?.(origin)),
          ended: (record) => each(parts, (part) => part.ended?.(record)),
        };
  // Each call asks those alone that listen to what happens.
  const starts = observers.filter((observer) => observer.callStarted !== undefined);
  const attempts = observers.filter((observer) => observer.attemptEnded !== undefined);
  const ends = observers.filter((observer) => observer.callEnded !== undefined);
  return {
    callStarted: (call) => {
      if (starts.length === 0) return undefined;
      const followers = collect(starts, (observer) => observer.callStarted?.(call));
      return followers.length === 0 ? undefined : joinCall(followers);
    },
    attemptEnded: (attempt, call) => each(attempts, (observer) => observer.attemptEnded?.(attempt, call)),
    callEnded: (record) => each(ends, (observer) => observer.callEnded?.(record)),
    cooldownStarted: (deployment, error, now, until) =>
      each(observers, (observer) => observer.cooldownStarted?.(deployment, error, now, until)),
  };

  function joinCall(followers: readonly CallObserver[]): CallObserver {
    const readers = followers.filter((follower) => follower.streamed !== undefined);
    return {
      attemptStarted: (attempt) => joinAttempt(collect(followers, (follower) => follower.attemptStarted?.(attempt))),
      replied: (reply) => each(followers, (follower) => follower.replied?.(reply)),
      // Called for each token: nothing is spent where no observer reads along.
      ...(readers.length === 0 ? {} : { streamed: (event) => each(readers, (reader) => reader.streamed?.(event)) }),
      ended: (record) => each(followers, (follower) => follower.ended?.(record)),
    };
  }
}
