const name = "huntgroup.key";

/** Keeps the admin key of this tab until the tab is closed, and nowhere else. */
export const sessionKey = {
  read: (): string | undefined => sessionStorage.getItem(name) ?? undefined,
  keep: (key: string): void => sessionStorage.setItem(name, key),
  forget: (): void => sessionStorage.removeItem(name),
};
