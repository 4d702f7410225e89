/* Before anything is drawn: as the reader chose, else as the system has it. */
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const chosen = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };
  const show = () => {
    root.dataset.theme = chosen() ?? (dark.matches ? "dark" : "light");
    const button = document.getElementById("theme");
    if (!button) return;
    button.hidden = false;
    button.textContent = root.dataset.theme === "dark" ? "Light" : "Dark";
  };
  show();
  dark.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("theme").addEventListener("click", () => {
      const next = root.dataset.theme === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("theme", next);
      } catch {
        root.dataset.theme = next;
      }
      show();
    });
  });
})();
