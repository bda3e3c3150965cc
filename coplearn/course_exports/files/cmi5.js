// What a package says to a learning platform by cmi5 (Quartz, 2016) on xAPI: nothing else of this program knows it. It speaks with
// nobody but the address with which the platform opened it.

const VERBS = {
  initialized: "http://adlnet.gov/expapi/verbs/initialized",
  completed: "http://adlnet.gov/expapi/verbs/completed",
  passed: "http://adlnet.gov/expapi/verbs/passed",
  failed: "http://adlnet.gov/expapi/verbs/failed",
  terminated: "http://adlnet.gov/expapi/verbs/terminated",
};
const CMI5 = { id: "https://w3id.org/xapi/cmi5/context/categories/cmi5" };
const MOVE_ON = { id: "https://w3id.org/xapi/cmi5/context/categories/moveon" };
const MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore";
const STATE = "coplearn", WAIT = 20_000;

function recordOfPlatform() {
  const launch = new URLSearchParams(location.search), since = Date.now();
  const [endpoint, fetchUrl, actor, registration, activity] = ["endpoint", "fetch", "actor", "registration", "activityId"]
    .map((name) => launch.get(name));
  let token = "", data = {}, live = false, normal = true, told = new Set(), kept = "", failed = null;

  const duration = () => `PT${Math.floor((Date.now() - since) / 1000)}S`;

  function address(resource, values = {}) {
    const all = new URLSearchParams(values), base = endpoint.endsWith("/") ? endpoint : `${endpoint}/`;
    return `${base}${resource}${String(all) ? `?${all}` : ""}`;
  }

  async function send(method, resource, values, content, keepalive = false) {
    const answer = await fetch(address(resource, values), {
      method,
      keepalive,
      signal: AbortSignal.timeout(WAIT),
      credentials: "omit",
      headers: {
        Authorization: `Basic ${token}`,
        "X-Experience-API-Version": "1.0.3",
        ...(content !== undefined && { "Content-Type": "application/json" }),
      },
      ...(content !== undefined && { body: JSON.stringify(content) }),
    });
    if (!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
    return answer;
  }

  const stateOf = (stateId) => ({ activityId: activity, agent: actor, registration, stateId });

  // A statement that cmi5 defines: the platform's own context, with the category, and for a result the one of moving on.
  function statement(verb, result) {
    const context = structuredClone(data.contextTemplate ?? {}), ours = result ? [CMI5, MOVE_ON] : [CMI5];
    const activities = context.contextActivities ?? {};
    const category = [...[activities.category ?? []].flat(), ...ours];
    const mastery = typeof data.masteryScore === "number" && ["passed", "failed"].includes(verb) && { [MASTERY]: data.masteryScore };
    return {
      id: crypto.randomUUID?.() ?? made(),
      timestamp: new Date().toISOString(),
      actor: JSON.parse(actor),
      verb: { id: VERBS[verb], display: { en: verb } },
      object: { objectType: "Activity", id: activity },
      context: {
        ...context,
        registration,
        contextActivities: { ...activities, category },
        ...((context.extensions || mastery) && { extensions: { ...context.extensions, ...mastery } }),
      },
      ...((result || verb === "terminated") && { result: { ...result, duration: duration() } }),
    };
  }

  // A version 4 UUID, where the browser gives none on plain http.
  function made() {
    const bits = crypto.getRandomValues(new Uint8Array(16));
    bits[6] = (bits[6] & 15) | 64;
    bits[8] = (bits[8] & 63) | 128;
    const hex = [...bits].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  async function tell(verb, result) {
    if (told.has(verb)) return;
    try {
      await send("POST", "statements", {}, statement(verb, result));
    } catch (fault) {
      // It was said once in this registration already, and the tab was gone before that could be kept.
      if (fault.message !== "403" || !["completed", "passed"].includes(verb)) throw fault;
    }
    told.add(verb);
  }

  // Each once a registration: that all was done, and that it was passed. A session is judged once, so that it was not passed is said
  // when the session ends.
  async function tellResults({ complete, passed, score }) {
    if (!normal || !complete) return;
    const scaled = score === null ? {} : { score: { scaled: score / 100, raw: score, min: 0, max: 100 } };
    await tell("completed", { completion: true });
    // A platform may ask for more than the course does.
    const reached = typeof data.masteryScore !== "number" || score === null || score / 100 >= data.masteryScore;
    failed = passed !== null && !(passed && reached) && !told.has("passed") ? { success: false, ...scaled } : null;
    if (passed && reached) await tell("passed", { success: true, ...scaled });
  }

  return {
    longest: 1_000_000,
    // Takes the token (which can be taken once), what the platform says of this launch, and what was kept before.
    async open() {
      if (![endpoint, fetchUrl, actor, registration, activity].every(Boolean)) return { heard: false };
      try {
        const answer = await fetch(fetchUrl, { method: "POST", credentials: "omit", signal: AbortSignal.timeout(WAIT) });
        token = (await answer.json())["auth-token"];
        if (!token) return { heard: false };
        data = await (await send("GET", "activities/state", stateOf("LMS.LaunchData"))).json();
        normal = (data.launchMode ?? "Normal") === "Normal";
        const before = await send("GET", "activities/state", stateOf(STATE));
        const state = before.ok ? await before.json() : {};
        const liked = await send("GET", "agents/profile", { agent: actor, profileId: "cmi5LearnerPreferences" });
        const language = liked.ok ? String((await liked.json()).languagePreference ?? "").split(",")[0] : "";
        told = new Set(Array.isArray(state.told) ? state.told.filter((one) => one === "completed" || one === "passed") : []);
        await tell("initialized");
        live = true;
        return { heard: true, place: String(state.place ?? ""), suspended: String(state.kept ?? ""), language, back: data.returnURL };
      } catch {
        return { heard: false };
      }
    },
    async save({ place, suspended, ...standing }) {
      if (!live) return true;
      try {
        await tellResults(standing);
        const whole = { place, kept: suspended, told: [...told].filter((one) => one === "completed" || one === "passed") };
        if (normal && kept !== JSON.stringify(whole)) {
          await send("PUT", "activities/state", stateOf(STATE), whole);
          kept = JSON.stringify(whole);
        }
        return true;
      } catch {
        return false;
      }
    },
    // The window is left: the session ends, also while the page goes.
    close() {
      if (!live) return;
      live = false;
      const end = statement("terminated"), last = failed ? [statement("failed", failed), end] : end;
      send("POST", "statements", {}, last, true).catch(() => {});
    },
  };
}
