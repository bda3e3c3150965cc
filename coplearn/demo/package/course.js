// As SCORM 1.2 has it: the runtime is looked for in this window and in those around it.
(function () {
  var here = window;
  while (!here.API && here.parent && here.parent !== here) here = here.parent;
  var api = here.API, asked = 0;
  if (!api) return;

  function show() {
    document.getElementById("said").textContent = asked + " of 5";
  }

  api.LMSInitialize("");
  asked = Number(api.LMSGetValue("cmi.suspend_data")) || 0;
  show();
  document.getElementById("on").addEventListener("click", function () {
    asked = Math.min(asked + 1, 5);
    api.LMSSetValue("cmi.suspend_data", String(asked));
    api.LMSSetValue("cmi.core.score.raw", String(asked * 20));
    api.LMSSetValue("cmi.core.lesson_status", asked === 5 ? "passed" : "incomplete");
    api.LMSCommit("");
    show();
  });
  window.addEventListener("pagehide", function () { api.LMSFinish(""); });
})();
