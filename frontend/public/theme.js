// Sets the theme before the first paint. A file of its own: the page allows no inline script.
(() => {
  let choice = "system";
  try {
    choice = JSON.parse(localStorage.getItem("openbell.preferences") || "{}").theme || choice;
  } catch {
    // Unreadable preferences: the system's theme.
  }
  const day =
    choice === "day" || (choice !== "night" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.theme = day ? "day" : "night";
})();
