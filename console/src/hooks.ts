import { Component, createElement, type ComponentChildren, type FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Live, LiveState } from "./live.ts";

/** Gives what the server told last. Draws again when it tells more. */
export function useLive(live: Live): LiveState {
  const [, setTick] = useState(0);
  useEffect(() => live.subscribe(() => setTick((tick) => tick + 1)), [live]);
  return live.state;
}

/** Gives the time in milliseconds since the Unix epoch. Draws again each second. */
export function useSeconds(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Makes a component that is drawn again only when one of its properties is another value. */
export function pure<Props extends object>(inner: FunctionComponent<Props>) {
  return class Pure extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const before = this.props as Readonly<Record<string, unknown>>;
      const names = new Set([...Object.keys(before), ...Object.keys(next)]);
      return [...names].some((name) => before[name] !== (next as Readonly<Record<string, unknown>>)[name]);
    }

    override render(): ComponentChildren {
      return createElement(inner, this.props);
    }
  };
}
