/** Light or dark, as the page around the panel is. */

import { type ReadonlySignal, signal } from "@preact/signals";

export type Theme = "light" | "dark";

/** What tells of the page's theme; null where the page does not say. */
export interface ThemeFacts {
  /** JupyterLab, Notebook 7, nbconvert: body[data-jp-theme-light]. */
  readonly jupyter: string | null;
  /** VS Code: body[data-vscode-theme-kind]. */
  readonly vscode: string | null;
  /** Colab: html[theme]; many sites: html[data-theme]. */
  readonly page: string | null;
  /** The colour behind the panel, as computed style gives it; "" where all is transparent. */
  readonly background: string;
  readonly prefersDark: boolean;
}

export function themeOf(facts: ThemeFacts): Theme {
  if (facts.jupyter) return facts.jupyter === "false" ? "dark" : "light";
  if (facts.vscode) return /light/i.test(facts.vscode) ? "light" : "dark";
  if (facts.page && /dark|light/i.test(facts.page))
    return /dark/i.test(facts.page) ? "dark" : "light";
  const behind = luminance(facts.background);
  if (behind !== null) return behind < 0.4 ? "dark" : "light";
  return facts.prefersDark ? "dark" : "light";
}

/** Rough, 0 to 1, of "rgb(...)"; null of anything else and of what one can see through. */
export function luminance(color: string): number | null {
  const [red, green, blue, alpha = 1] = color.startsWith("rgb")
    ? (color.match(/[\d.]+/g) ?? []).map(Number)
    : [];
  if (red === undefined || green === undefined || blue === undefined || alpha < 0.5) return null;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}

function backgroundBehind(element: Element): string {
  for (let at = element.parentElement; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    if (luminance(color) !== null) return color;
  }
  return "";
}

const DARK = "(prefers-color-scheme: dark)";

/** The theme as a signal that follows the page. */
export function watchTheme(element: Element): {
  theme: ReadonlySignal<Theme>;
  look(): void;
  dispose(): void;
} {
  const theme = signal<Theme>("light");
  const { documentElement: html, body } = document;
  const preference = matchMedia(DARK);
  const look = () => {
    theme.value = themeOf({
      jupyter: body.getAttribute("data-jp-theme-light"),
      vscode: body.getAttribute("data-vscode-theme-kind"),
      page: html.getAttribute("theme") ?? html.getAttribute("data-theme"),
      background: backgroundBehind(element),
      prefersDark: preference.matches,
    });
  };
  look();
  const observer = new MutationObserver(look);
  observer.observe(html, { attributes: true });
  observer.observe(body, { attributes: true });
  preference.addEventListener("change", look);
  return {
    theme,
    look,
    dispose() {
      observer.disconnect();
      preference.removeEventListener("change", look);
    },
  };
}
