// What was done elsewhere, on the site or on another phone, as marks of the courses that are kept here. They are of whoever is here
// now: what the site says takes the place of all it said before, and at signing out nothing of it stays.

const PLACE = "kept-progress:";
const EVERY = 120_000;
const read = (place) => JSON.parse(localStorage.getItem(place) ?? "{}");
const home = () => document.querySelector(".brand").pathname;

// Have what waits on this device sent, and learn who is here and what they have done.
export async function watch() {
  const outbox = await import(document.getElementById("say").dataset.outbox);
  await outbox.watch();
  if (window.caches) await learn(outbox);
}

// Take away what the site said, of everybody; what was done on this phone stays.
export function forget() {
  for (const place of Object.keys(localStorage).filter((one) => one.startsWith(PLACE))) {
    const marks = read(place), told = Object.entries(marks).filter(([, mark]) => mark.site);
    if (!told.length) continue;
    for (const [item, { site, done, ...more }] of told) {
      if (Object.keys(more).length) marks[item] = more; else delete marks[item];
    }
    if (Object.keys(marks).length) localStorage.setItem(place, JSON.stringify(marks)); else localStorage.removeItem(place);
  }
}

// Ask the site, in one small request every few minutes and for each person anew. A page that is not the site's tells nothing.
export async function learn({ owner }) {
  const name = await owner(), [before, at] = (sessionStorage.getItem("kept-done") ?? "").split(" ");
  if (document.documentElement.dataset.trace === "none" || before === name && Math.abs(Date.now() - at) < EVERY) return;
  const codes = new Set((await caches.keys()).map((one) => one.match(/^course:.*\/c\/([^/]+)\/$/)?.[1]).filter(Boolean));
  if (!codes.size) return;
  const answer = await fetch(`${home()}done.json?courses=${[...codes]}`, { credentials: "same-origin", cache: "no-store", redirect: "error" });
  const came = answer.ok && answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
  if (typeof came?.done !== "object") return;
  forget();
  // Perhaps somebody left in another window meanwhile.
  if (came.owner && came.owner !== await owner()) return;
  sessionStorage.setItem("kept-done", `${name} ${Date.now()}`);
  for (const [course, items] of Object.entries(came.done)) {
    const place = `${PLACE}${came.owner}:${course}`, marks = read(place);
    for (const item of items) if (!marks[item]?.done) marks[item] = { ...marks[item], done: 1, site: 1 };
    if (items.length) localStorage.setItem(place, JSON.stringify(marks));
  }
}
