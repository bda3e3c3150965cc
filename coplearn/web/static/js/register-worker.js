// Opens a register without a network, from the copy that the page itself put on this device. It answers for that page and
// the files the page needs, for nothing else, and keeps no copy of a page that the site no longer gives this person.

const CACHE = "register";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function page(request) {
  const kept = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await kept.put(request.url, answer.clone());
    else if (answer.status < 500) await kept.delete(request.url, { ignoreVary: true });
    return answer;
  } catch (fault) {
    const held = await kept.match(request.url, { ignoreVary: true });
    if (held) return held;
    throw fault;
  }
}

async function file(request) {
  const held = await (await caches.open(CACHE)).match(request.url, { ignoreVary: true });
  return held ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (["style", "script", "image"].includes(request.destination)) event.respondWith(file(request));
});
