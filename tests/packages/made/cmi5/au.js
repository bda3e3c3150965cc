// A unit by the conventions of cmi5: it fetches its token once, reads what the platform says, and keeps its place in a state.
(async () => {
  "use strict";
  const asked = new URLSearchParams(location.search), show = (id, text) => { document.getElementById(id).textContent = text; };
  const endpoint = asked.get("endpoint"), actor = asked.get("actor"), registration = asked.get("registration"), activityId = asked.get("activityId");
  const fetched = async () => (await fetch(asked.get("fetch"), { method: "POST" })).json();
  const token = (await fetched())["auth-token"];
  show("again", (await fetched())["error-code"]);
  const call = (method, resource, params, body, keepalive = false) => fetch(`${endpoint}${resource}?${new URLSearchParams(params)}`, {
    method, keepalive, headers: { Authorization: `Basic ${token}`, "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const state = (stateId) => ({ activityId, agent: actor, registration, stateId });
  const data = await (await call("GET", "activities/state", state("LMS.LaunchData"))).json();
  const liked = await (await call("GET", "agents/profile", { agent: actor, profileId: "cmi5LearnerPreferences" })).json();
  const kept = await call("GET", "activities/state", state("bookmark"));
  let place = kept.status === 200 ? (await kept.json()).place : 1;
  const say = (verb, result, keepalive) => {
    const context = structuredClone(data.contextTemplate);
    context.registration = registration;
    context.contextActivities.category = [{ id: "https://w3id.org/xapi/cmi5/context/categories/cmi5" }];
    return call("POST", "statements", {}, {
      id: crypto.randomUUID?.() ?? "00000000-0000-4000-8000-" + String(Math.random()).slice(2).padEnd(12, "0").slice(0, 12),
      actor: JSON.parse(actor), verb: { id: `http://adlnet.gov/expapi/verbs/${verb}` }, object: { id: activityId }, context,
      timestamp: new Date().toISOString(), ...(result && { result }),
    }, keepalive);
  };
  await say("initialized");
  const now = () => { show("place", `Place ${place}`); show("lang", liked.languagePreference); show("parameters", data.launchParameters ?? ""); };
  document.getElementById("on").onclick = async () => {
    place += 1;
    await call("PUT", "activities/state", state("bookmark"), { place });
    now();
  };
  document.getElementById("pass").onclick = async () => {
    await say("completed", { completion: true, duration: "PT1S" });
    await say("passed", { success: true, score: { scaled: 0.9 }, duration: "PT1S" });
    show("place", "Passed");
  };
  document.getElementById("leave").onclick = async () => {
    await say("terminated", { duration: "PT2S" });
    location.href = data.returnURL;
  };
  now();
})();
