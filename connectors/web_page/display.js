// Runs before the first paint, so that a dark, large or English page does not flash light, small or Vietnamese.
(function () {
  var root = document.documentElement;
  var asked = new URLSearchParams(location.search);
  function kept(name) {
    try {
      return localStorage.getItem(name);
    } catch (error) {
      return null; // storage is blocked: the page follows the system
    }
  }
  var language = kept("tthc.lang") || asked.get("lang");
  if ((language === "vi" || language === "en") && language !== root.lang) {
    asked.set("lang", language);
    location.replace("?" + asked);
  }
  var theme = kept("tthc.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (kept("tthc.text") === "large") root.dataset.text = "large";
  var contrast = kept("tthc.contrast");
  if (contrast === "more" || (contrast === null && matchMedia("(prefers-contrast: more)").matches)) root.dataset.contrast = "more";
  if (asked.get("widget") === "1" && window.parent !== window) root.dataset.frame = "widget";
})();
