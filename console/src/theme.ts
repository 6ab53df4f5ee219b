/** `auto` follows the system. */
export const themes = ["auto", "light", "dark"] as const;

/** One of {@link themes}. */
export type Theme = (typeof themes)[number];

const name = "huntgroup.theme";

/** Reads the theme that was chosen in this browser; `auto` when none was. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(name);
  return themes.find((one) => one === stored) ?? "auto";
}

/** Applies a theme and remembers it in this browser. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  localStorage.setItem(name, theme);
}
