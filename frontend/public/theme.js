// Sets the theme before the first paint. A file of its own: the page allows no inline script.
(() => {
  let choice = "system";
  let palette = "sea";
  try {
    const preferences = JSON.parse(localStorage.getItem("openbell.preferences") || "{}");
    choice = preferences.theme || choice;
    palette = preferences.palette || palette;
  } catch {
    // Unreadable preferences: the system's theme.
  }
  const day =
    choice === "day" || (choice !== "night" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.theme = day ? "day" : "night";
  document.documentElement.dataset.palette = palette;
})();
