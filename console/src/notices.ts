/** A message about something that was done, or failed. */
export interface Notice {
  readonly id: number;
  readonly kind: "done" | "failed";
  readonly text: string;
}

/** How long a notice is shown: as long as a sentence takes to read. Failures stay until they are dismissed. */
const shownMs = 6_000;
const most = 4;

/** The latest notices, oldest first. */
export class Notices {
  #notices: readonly Notice[] = [];
  #ids = 0;
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get all(): readonly Notice[] {
    return this.#notices;
  }

  done(text: string): void {
    const { id } = this.#add("done", text);
    setTimeout(() => this.dismiss(id), shownMs);
  }

  failed(text: string): void {
    this.#add("failed", text);
  }

  dismiss(id: number): void {
    this.#set(this.#notices.filter((one) => one.id !== id));
  }

  #add(kind: Notice["kind"], text: string): Notice {
    const notice = { id: ++this.#ids, kind, text };
    this.#set([...this.#notices.filter((one) => one.text !== text), notice].slice(-most));
    return notice;
  }

  #set(notices: readonly Notice[]): void {
    this.#notices = notices;
    this.#onChange();
  }
}
