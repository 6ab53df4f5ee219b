/** The admin key of this tab: kept until the tab is closed, and nowhere else. */
const name = "huntgroup.key";

export const sessionKey = {
  read: (): string | undefined => sessionStorage.getItem(name) ?? undefined,
  keep: (key: string): void => sessionStorage.setItem(name, key),
  forget: (): void => sessionStorage.removeItem(name),
};
