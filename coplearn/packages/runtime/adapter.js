// The runtime of SCORM 1.2 (`API`) and 2004 (`API_1484_11`). It stands in the page above a package where packages have a host of
// their own, and else in the page of the package itself, which has no origin: see docs/packages.md. What a package says is sent
// at once when it commits, within a second when it does not, and as a beacon when the page goes. Each commit holds all that the
// site has not yet said it keeps, under a number that only grows, so that one which comes late changes nothing.
(function () {
  "use strict";
  var script = document.currentScript;
  var base = script.src.replace(/runtime\/adapter\.js.*$/, "");
  var holds = script.hasAttribute("data-holds");
  var above = window.parent;
  var token = window.name;
  if (!/^[\w.-]{20,2000}$/.test(token)) {
    // A package that speaks in statements, or a frame inside one: it needs no runtime, and stores that are no error.
    if (!holds) stores();
    return;
  }
  var address = base + "launch/" + token;
  var told = ask();

  function ask() {
    // A package asks for its values in the next line and waits for no answer, so they have to be here before.
    var request = new XMLHttpRequest();
    try {
      request.open("GET", address, false);
      request.send();
      return request.status === 200 ? JSON.parse(request.responseText) : null;
    } catch (fault) {
      return null;
    }
  }

  function tell(is, more) {
    var message = { from: "coplearn-package", is: is };
    if (more) message.way = more;
    if (above !== window) above.postMessage(message, told ? told.page : "*");
  }

  var is2004 = told !== null && told.standard === "scorm-2004";
  var values = told ? told.values : {};
  var facts = told ? told.facts : {};
  var number = told ? told.number : 0;
  var began = Date.now();
  var session = 0;
  var waiting = {};
  var isDirty = false;
  var isSending = false;
  var isOver = false;
  var tries = 0;
  var timer = 0;

  // ── Keeping.
  function isKept(name) { return name.indexOf("cmi.interactions") !== 0 && name.indexOf("adl.") !== 0; }
  function hasWaiting() { return Object.keys(waiting).length > 0; }

  function body() {
    number += 1;
    return JSON.stringify({ number: number, values: waiting, seconds: session || Math.round((Date.now() - began) / 1000) });
  }

  function soon(wait) {
    if (!timer) timer = setTimeout(function () { timer = 0; send(); }, wait);
  }

  function send() {
    if (!told || isOver || isSending || !isDirty) return;
    clearTimeout(timer);
    timer = 0;
    var sent = Object.assign({}, waiting), text = body();
    isSending = true;
    isDirty = false;
    // A line that went silent is an error only after minutes, and until then nothing else would be sent.
    var stop = new AbortController(), late = setTimeout(function () { stop.abort(); }, 20000 + text.length / 2);
    fetch(address, { method: "POST", body: text, keepalive: text.length < 60000, credentials: "omit", signal: stop.signal }).then(function (answer) {
      clearTimeout(late);
      isSending = false;
      if (answer.status === 204) {
        tries = 0;
        for (var name in sent) if (waiting[name] === sent[name]) delete waiting[name];
        if (isDirty) send(); else tell("saved");
      } else if (answer.status === 409) {
        // A beacon of this page may have overtaken it; anything else was opened later than this page.
        answer.text().then(function (holds) {
          if (Number(holds) !== told.launch) { isOver = true; tell("elsewhere"); }
          else if (hasWaiting()) again();
        });
      } else if (answer.status === 404 || answer.status === 400 || answer.status === 413) {
        isOver = true;
        tell("lost");
      } else {
        again();
      }
    }, function () {
      clearTimeout(late);
      isSending = false;
      again();
    });
  }

  function again() {
    isDirty = true;
    tries += 1;
    tell("waiting");
    soon(Math.min(30000, 1000 * Math.pow(2, tries)));
  }

  function leave() {
    if (!told || isOver || !(isDirty || isSending)) return;
    var text = body();
    isDirty = false;
    // A beacon takes 64 KB; what is larger is sent as the browser still lets it.
    if (!(navigator.sendBeacon && navigator.sendBeacon(address, text))) {
      try { fetch(address, { method: "POST", body: text, credentials: "omit" }); } catch (fault) { /* the page is gone */ }
    }
  }

  // Which of them comes, and whether any does, differs by browser; on phones the last is often that the page is hidden.
  ["pagehide", "beforeunload", "unload"].forEach(function (name) { window.addEventListener(name, leave); });
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") leave();
    else if (hasWaiting()) { isDirty = true; soon(500); }
  });
  window.addEventListener("online", send);

  // ── The data model.
  var P = is2004 ? "cmi." : "cmi.core.";
  var ONLY_WRITTEN = is2004 ? /^cmi\.(exit|session_time)$/ : /^cmi\.(core\.(exit|session_time)|interactions\.\d+\.(?!objectives\._count|correct_responses\._count).+)$/;
  var KNOWN = is2004
    ? /^(cmi\.(location|suspend_data|completion_status|success_status|progress_measure|exit|session_time|score\.(scaled|raw|min|max)|learner_preference\.(audio_level|language|delivery_speed|audio_captioning)|interactions\.\d+\.(id|type|timestamp|weighting|learner_response|result|latency|description|objectives\.\d+\.id|correct_responses\.\d+\.pattern)|objectives\.\d+\.(id|success_status|completion_status|progress_measure|description|score\.(scaled|raw|min|max))|comments_from_learner\.\d+\.(comment|location|timestamp))|adl\.nav\.request|adl\.data\.\d+\.(id|store))$/
    : /^cmi\.(core\.(lesson_location|lesson_status|exit|session_time|score\.(raw|min|max))|suspend_data|comments|student_preference\.(audio|language|speed|text)|interactions\.\d+\.(id|time|type|weighting|student_response|result|latency|objectives\.\d+\.id|correct_responses\.\d+\.pattern)|objectives\.\d+\.(id|status|score\.(raw|min|max)))$/;
  var CHILDREN = is2004 ? {
    "cmi.score": "scaled,raw,min,max", "cmi.learner_preference": "audio_level,language,delivery_speed,audio_captioning",
    "cmi.interactions": "id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description",
    "cmi.objectives": "id,score,success_status,completion_status,progress_measure,description",
    "cmi.comments_from_learner": "comment,location,timestamp", "cmi.comments_from_lms": "comment,location,timestamp"
  } : {
    "cmi.core": "student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time",
    "cmi.core.score": "raw,min,max", "cmi.objectives": "id,score,status", "cmi.student_preference": "audio,language,speed,text",
    "cmi.student_data": "mastery_score,max_time_allowed,time_limit_action",
    "cmi.interactions": "id,objectives,time,type,correct_responses,weighting,student_response,result,latency"
  };
  var WORDS = is2004 ? {
    "cmi.completion_status": /^(completed|incomplete|not attempted|unknown)$/, "cmi.success_status": /^(passed|failed|unknown)$/,
    "cmi.exit": /^(time-out|suspend|logout|normal|)$/, "cmi.score.scaled": /^-?(0(\.\d+)?|1(\.0+)?)$/,
    "cmi.progress_measure": /^(0(\.\d+)?|1(\.0+)?)$/
  } : {
    "cmi.core.lesson_status": /^(passed|completed|failed|incomplete|browsed|not attempted)$/,
    "cmi.core.exit": /^(time-out|suspend|logout|)$/
  };
  var FIRST = is2004 ? { "cmi.completion_status": "unknown", "cmi.success_status": "unknown", "cmi.progress_measure": "" }
    : { "cmi.core.lesson_status": "not attempted" };
  var AS_IT_IS = { "cmi.suspend_data": 1, "cmi.location": 1, "cmi.core.lesson_location": 1 };
  var CODE = is2004
    ? { none: 0, notBegun: 122, overRead: 123, notBegunSet: 132, overSet: 133, notBegunKeep: 142, overKeep: 143, begunTwice: 103, ended: 104,
        endNot: 112, endTwice: 113, unknown: 401, empty: 403, onlyRead: 404, onlyWritten: 405, type: 406, general: 101, order: 351, long: 406, get: 301 }
    : { none: 0, notBegun: 301, overRead: 301, notBegunSet: 301, overSet: 301, notBegunKeep: 301, overKeep: 301, begunTwice: 101, ended: 301,
        endNot: 301, endTwice: 101, unknown: 201, empty: 0, onlyRead: 403, onlyWritten: 404, type: 405, general: 101, order: 201, long: 405, get: 201 };
  var SAYS = {
    0: "No error", 101: "General exception", 103: "Already initialized", 104: "Content instance terminated", 112: "Termination before initialization",
    113: "Termination after termination", 122: "Retrieve data before initialization", 123: "Retrieve data after termination",
    132: "Store data before initialization", 133: "Store data after termination", 142: "Commit before initialization",
    143: "Commit after termination", 201: "Invalid argument", 301: is2004 ? "General get failure" : "Not initialized", 351: "General set failure",
    401: is2004 ? "Undefined data model element" : "Not implemented", 403: is2004 ? "Value not initialized" : "Element is read only",
    404: is2004 ? "Read only element" : "Element is write only", 405: is2004 ? "Write only element" : "Incorrect data type", 406: "Type mismatch"
  };
  var MOST = 1000000, LONGEST = 4096;
  var phase = "new", error = 0, way = "";

  function fail(code, answer) { error = CODE[code]; return answer; }
  function count(name) {
    var most = 0, start = name + ".";
    for (var key in values) if (key.indexOf(start) === 0) most = Math.max(most, parseInt(key.slice(start.length), 10) + 1 || 0);
    return most;
  }

  function get(name) {
    name = String(name);
    if (phase !== "begun") return fail(phase === "new" ? "notBegun" : "overRead", "");
    error = 0;
    var children = name.match(/^(.+)\._children$/);
    if (children) return CHILDREN[children[1]] || fail("unknown", "");
    var counted = name.match(/^(.+)\._count$/);
    if (counted) return /(interactions|objectives|comments_from_learner|comments_from_lms|correct_responses)$/.test(counted[1]) ? String(count(counted[1])) : fail("unknown", "");
    if (name === "cmi._version") return facts[name] || "3.4";
    if (name.indexOf("adl.nav.request_valid") === 0) return "unknown";
    if (name === "adl.nav.request") return way || "_none_";
    if (Object.prototype.hasOwnProperty.call(facts, name)) return facts[name];
    if (ONLY_WRITTEN.test(name)) return fail("onlyWritten", "");
    if (!KNOWN.test(name)) return fail("unknown", "");
    if (Object.prototype.hasOwnProperty.call(values, name)) return values[name];
    if (Object.prototype.hasOwnProperty.call(FIRST, name)) return FIRST[name];
    if (!AS_IT_IS[name]) error = CODE.empty;
    return "";
  }

  function set(name, given) {
    name = String(name);
    var value = given === undefined || given === null ? "" : String(given);
    if (phase !== "begun") return fail(phase === "new" ? "notBegunSet" : "overSet", "false");
    error = 0;
    if (Object.prototype.hasOwnProperty.call(facts, name) || /\._(children|count|version)$/.test(name)) return fail("onlyRead", "false");
    if (!KNOWN.test(name)) return fail("unknown", "false");
    if (WORDS[name] && !WORDS[name].test(value)) return fail("type", "false");
    if (value.length > (name === "cmi.suspend_data" ? MOST : LONGEST)) return fail("long", "false");
    var placed = name.match(/^(cmi\.[a-z_]+)\.(\d+)\./);
    if (placed && Number(placed[2]) > count(placed[1])) return fail("order", "false");
    if (name === "adl.nav.request") { way = value; return "true"; }
    if (/session_time$/.test(name)) { session = seconds(value); return "true"; }
    if (values[name] === value) return "true";
    values[name] = value;
    if (isKept(name)) {
      waiting[name] = value;
      isDirty = true;
      soon(1000);
    }
    return "true";
  }

  function seconds(text) {
    var clock = text.match(/^(\d{2,4}):(\d{2}):(\d{2})/);
    if (clock) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
    var span = text.match(/^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/);
    return span ? Number(span[1] || 0) * 86400 + Number(span[2] || 0) * 3600 + Number(span[3] || 0) * 60 + Number(span[4] || 0) : 0;
  }

  function begin() {
    if (!told) { tell("lost"); return fail("general", "false"); }
    if (phase === "begun") return fail("begunTwice", "false");
    // After its end a package may begin again, as one of several pages does.
    phase = "begun";
    error = 0;
    return "true";
  }

  function end() {
    if (phase !== "begun") return fail(phase === "new" ? "endNot" : "endTwice", "false");
    error = 0;
    phase = "over";
    isDirty = true;
    send();
    tell("ended", /^(continue|previous|exit|exitAll|suspendAll|_none_)$/.test(way) ? way : "");
    return "true";
  }

  function keep() {
    if (phase !== "begun") return fail(phase === "new" ? "notBegunKeep" : "overKeep", "false");
    error = 0;
    send();
    return isOver ? fail("general", "false") : "true";
  }

  function last() { return String(error); }
  function says(code) { return SAYS[code] || ""; }

  var API = { LMSInitialize: begin, LMSFinish: end, LMSGetValue: get, LMSSetValue: set, LMSCommit: keep, LMSGetLastError: last, LMSGetErrorString: says, LMSGetDiagnostic: says };
  var API_1484_11 = { version: "1.0", Initialize: begin, Terminate: end, GetValue: get, SetValue: set, Commit: keep, GetLastError: last, GetErrorString: says, GetDiagnostic: says };
  if (is2004) window.API_1484_11 = API_1484_11; else window.API = API;

  // ── Where it stands.
  if (told && !told.tracks) { isDirty = true; soon(1); }
  if (holds) {
    if (!told) { tell("lost"); return; }
    var frame = document.createElement("iframe");
    frame.title = document.title;
    frame.allow = "fullscreen; autoplay";
    frame.src = told.href;
    document.body.appendChild(frame);
    return;
  }
  // In a frame without an origin the page above cannot be looked into, and asking for it is an error that no package expects.
  var stand = is2004 ? { API_1484_11: API_1484_11 } : { API: API };
  stand.parent = stand;
  stand.postMessage = function () {};
  hand(window, "parent", stand);
  hand(window, "opener", null);
  stores();

  function stores() {
    ["localStorage", "sessionStorage"].forEach(function (name) {
      try { void window[name]; } catch (fault) { hand(window, name, store()); }
    });
    try { void document.cookie; } catch (fault) {
      var cookies = "";
      Object.defineProperty(document, "cookie", { get: function () { return cookies; }, set: function (given) { cookies = String(given); } });
    }
  }

  function hand(owner, name, value) {
    try { Object.defineProperty(owner, name, { value: value, configurable: true, writable: true }); } catch (fault) { /* it stays */ }
  }

  function store() {
    var kept = {};
    return {
      getItem: function (key) { return Object.prototype.hasOwnProperty.call(kept, key) ? kept[key] : null; },
      setItem: function (key, value) { kept[key] = String(value); },
      removeItem: function (key) { delete kept[key]; },
      clear: function () { kept = {}; },
      key: function (at) { return Object.keys(kept)[at] || null; },
      get length() { return Object.keys(kept).length; }
    };
  }
}());
