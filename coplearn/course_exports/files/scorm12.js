// What a package says to a learning platform by SCORM 1.2 (the run-time environment, ADL 2001): nothing else of this program knows it.

const RANKS = ["not attempted", "browsed", "incomplete", "failed", "completed", "passed"];

// The platform's object, in this window, in those around it, or in the one that opened it. A window of another origin is passed by.
function platformsApi() {
  for (const first of [window, window.opener]) {
    for (let at = first, steps = 0; at && steps < 20; steps += 1) {
      try { if (at.API?.LMSInitialize) return at.API; } catch { /* another origin */ }
      if (at.parent === at) break;
      at = at.parent;
    }
  }
  return null;
}

const said = (answer) => String(answer) === "true";
const twice = (number) => String(number).padStart(2, "0");

function recordOfPlatform() {
  const api = platformsApi(), since = Date.now(), kept = new Map();
  let live = false, writes = true, status = RANKS[0];

  const get = (name) => { try { return String(api.LMSGetValue(name) ?? ""); } catch { return ""; } };

  function set(name, value) {
    const text = String(value);
    if (kept.get(name) === text) return true;
    let good = false;
    try { good = said(api.LMSSetValue(name, text)); } catch { /* not kept */ }
    if (good) kept.set(name, text);
    return good;
  }

  function time() {
    const seconds = Math.floor((Date.now() - since) / 1000);
    return `${twice(Math.floor(seconds / 3600)).padStart(4, "0")}:${twice(Math.floor(seconds / 60) % 60)}:${twice(seconds % 60)}`;
  }

  function commit() {
    set("cmi.core.session_time", time());
    try { return said(api.LMSCommit("")); } catch { return false; }
  }

  return {
    longest: 4096,
    // Begins the session. A page that was loaded anew goes on with one that is open: that is error 101 here.
    async open() {
      if (!api) return { heard: false };
      try { live = said(api.LMSInitialize("")) || String(api.LMSGetLastError?.()) === "101"; } catch { live = false; }
      if (!live) return { heard: false };
      const mode = get("cmi.core.lesson_mode");
      writes = mode === "" || mode === "normal";
      status = RANKS.includes(get("cmi.core.lesson_status")) ? get("cmi.core.lesson_status") : RANKS[0];
      return {
        heard: true,
        place: get("cmi.core.lesson_location"),
        suspended: get("cmi.suspend_data"),
        language: get("cmi.student_preference.language"),
      };
    },
    // Whether all of it is kept. A status is never lowered.
    async save({ place, suspended, complete, passed, score }) {
      if (!live || !writes) return true;
      const now = complete ? (passed === null ? "completed" : passed ? "passed" : "failed") : "incomplete";
      if (RANKS.indexOf(now) > RANKS.indexOf(status)) status = now;
      let good = set("cmi.core.lesson_location", place);
      good = set("cmi.suspend_data", suspended) && good;
      if (score !== null) {
        set("cmi.core.score.min", 0);
        set("cmi.core.score.max", 100);
        good = set("cmi.core.score.raw", score) && good;
      }
      good = set("cmi.core.lesson_status", status) && good;
      set("cmi.core.exit", "suspend");
      return commit() && good;
    },
    // The window is left: what was set is committed, and the session ends.
    close() {
      if (!live) return;
      live = false;
      if (writes) commit();
      try { api.LMSFinish(""); } catch { /* the platform is gone */ }
    },
  };
}
