// Runs before the first paint, so that a dark or large page does not flash light or small.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem("tthc.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (localStorage.getItem("tthc.text") === "large") root.dataset.text = "large";
  } catch (error) {
    // storage is blocked: the page follows the system
  }
})();
