// What was done elsewhere, on the site or on another phone, as marks of the courses that are kept here. They are of whoever is here
// now: what the site says takes the place of all it said before, and at signing out nothing of it stays. And what the browser
// cleared of all that was kept here.

const PLACE = "kept-progress:";
const EVERY = 120_000;
const read = (place) => JSON.parse(localStorage.getItem(place) ?? "{}");
const home = () => document.querySelector(".brand").pathname;

// Have what waits on this device sent, and learn who is here and what they have done.
export async function watch() {
  const outbox = await import(document.getElementById("say").dataset.outbox);
  await outbox.watch();
  if (!window.caches) return;
  await tellCleared(outbox);
  await learn(outbox);
}

// ── A browser that needs room clears what is kept here, and asks nobody; a cookie outlives it, with the number of courses.
const scopes = async () => (await caches.keys()).map((one) => one.match(/^course:(.*\/)c\/[^/]+\/$/)?.[1]).filter(Boolean);

export async function note() {
  const { length } = await scopes();
  document.cookie = `keeps=${length}; path=/; samesite=lax; max-age=${length ? 31_536_000 : 0}`;
}

// A course has just been kept.
export async function kept() {
  await note();
  await watch();
}

// Whether a course that was kept here is gone, or what opens it without a network.
export async function cleared() {
  const noted = Number(document.cookie.match(/(?:^|; )keeps=(\d+)/)?.[1] ?? 0), here = await scopes();
  if (here.length > noted) await note();
  if (here.length < noted) return true;
  for (const scope of new Set(here)) if (!await navigator.serviceWorker.getRegistration(scope)) return true;
  return false;
}

// Above all else, where it is seen; pages on which it can be mended say it themselves.
async function tellCleared(outbox) {
  if (document.querySelector("#keep, #kept-here") || document.documentElement.dataset.trace === "none" || !await cleared()) return;
  const line = Object.assign(document.createElement("p"), { className: "notice", textContent: (await outbox.sentences()).cleared ?? "" });
  line.setAttribute("role", "status");
  if (line.textContent) document.getElementById("main")?.prepend(line);
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
export async function learn({ owner, waiting }) {
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
  const still = (await waiting?.())?.mine;
  for (const [course, items] of Object.entries(came.done)) {
    const place = `${PLACE}${came.owner}:${course}`, marks = read(place);
    // What never arrived, and waits no more, is not done: the browser has deleted it, or it was refused.
    const settled = still && !still.some(({ address }) => address.includes(`/c/${course}/`));
    for (const [item, mark] of Object.entries(marks)) if (settled && !items.includes(item)) delete mark.done;
    for (const item of items) if (!marks[item]?.done) marks[item] = { ...marks[item], done: 1, site: 1 };
    if (Object.keys(marks).length) localStorage.setItem(place, JSON.stringify(marks));
  }
}
