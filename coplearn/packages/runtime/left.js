// The page that a package of cmi5 leads to when it ends (its returnURL): it tells the page above that nothing more comes.
(function () {
  "use strict";
  if (window.parent !== window) window.parent.postMessage({ from: "coplearn-package", is: "ended" }, "*");
}());
