/** `auto`: as the system has it. */
export const themes = ["auto", "light", "dark"] as const;

export type Theme = (typeof themes)[number];

const name = "huntgroup.theme";

export function storedTheme(): Theme {
  const stored = localStorage.getItem(name);
  return themes.find((one) => one === stored) ?? "auto";
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  localStorage.setItem(name, theme);
}
