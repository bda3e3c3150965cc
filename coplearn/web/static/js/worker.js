// Opens what is kept on this device when there is no network, and nothing else. One worker for each language of the site.
// `SAYS` (words, hours) is put before this by the site. A page comes from the network whenever that answers in time.

const SCOPE = new URL(self.registration.scope).pathname;
const COURSE = new RegExp(`^${SCOPE}c/[^/]+/`);
const REGISTER = "register";
const PATIENCE = 6000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([
  self.clients.claim(),
  self.registration.navigationPreload?.enable(),
])));

const find = (address, cacheName) => caches.match(address, { cacheName, ignoreVary: true });

const unpacked = (held) => held.headers.get("x-packed") ? new Response(held.body.pipeThrough(new DecompressionStream("gzip")), { headers: held.headers }) : held;

// The kept page that stands for this address, when its course is complete.
async function kept(path) {
  const home = path.match(COURSE)?.[0];
  const names = home ? [`course:${home}`] : (await caches.keys()).filter((name) => name.startsWith(`course:${SCOPE}`));
  for (const name of names) {
    const list = await (await find(`${name.slice(7)}kept.json`, name))?.json();
    const held = list?.pages[path] && await find(list.pages[path], name);
    if (held) return unpacked(held);
  }
  return undefined;
}

// A recording, or the part of it that a player asks for: browsers ask for parts, and Safari plays nothing without.
let last;
async function recording(request) {
  const held = await find(request.url);
  if (!held) return fetch(request);
  if (last?.url !== request.url) last = { url: request.url, whole: await held.blob() };
  const { whole } = last;
  const [, from, to] = request.headers.get("range")?.match(/^bytes=(\d+)-(\d*)$/) ?? [];
  const end = Math.min(to ? +to + 1 : whole.size, whole.size);
  if (!(from < end)) return new Response(whole, { headers: held.headers });
  return new Response(whole.slice(from, end), { status: 206, headers: { "Content-Type": whole.type, "Content-Range": `bytes ${from}-${end - 1}/${whole.size}` } });
}

// A register shows names: its copy opens only while the site gave it to this person not long ago.
async function register(request) {
  const held = await find(request.url, REGISTER);
  if (!held) return undefined;
  const age = Date.now() - Date.parse(held.headers.get("date"));
  return age > SAYS.hours * 3600000 ? say(SAYS.again) : held;
}

async function renew(request, answer) {
  const cache = await caches.open(REGISTER);
  if (answer.ok && !answer.redirected) await cache.put(request.url, answer);
  else if (answer.status < 500) await cache.delete(request.url, { ignoreVary: true });
}

const say = (words) => new Response(
  `<!doctype html><html lang="${SAYS.lang}" dir="${SAYS.dir}"><meta name="viewport" content="width=device-width"><title>${SAYS.title}</title><h1>${SAYS.title}</h1><p>${words}</p>`,
  { status: 503, headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'" } },
);

async function page(event, path) {
  const { request } = event;
  const isRegister = find(request.url, REGISTER);
  const asked = (async () => (await event.preloadResponse) ?? fetch(request))();
  event.waitUntil(asked.catch(() => {}));
  let timer;
  const late = new Promise((done) => { timer = setTimeout(done, PATIENCE); });
  try {
    const answer = await Promise.race([asked, late]);
    if (answer && ![502, 503, 504].includes(answer.status)) {
      if (await isRegister) event.waitUntil(renew(request, answer.clone()));
      return answer;
    }
    return (await kept(path)) ?? (await asked);
  } catch {
    const held = (await register(request)) ?? (await kept(path)) ?? (await kept(SCOPE));
    return held ?? say(SAYS.none);
  } finally {
    clearTimeout(timer);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname));
  // A file's address changes with its content: the copy is the file.
  else if (pathname.startsWith("/static/") && (search.startsWith("?v=") || /\.[0-9a-f]{10}\.\w+$/.test(pathname))) event.respondWith(find(request.url).then((held) => held ?? fetch(request)));
  else if (request.headers.has("range") || /audio|video|track/.test(request.destination)) event.respondWith(recording(request));
  // A piece of a page that a script asks for, such as the bar of Listen.
  else if (!request.destination && !search && !pathname.endsWith(".json")) event.respondWith(fetch(request).catch(async (fault) => (await kept(pathname)) ?? Promise.reject(fault)));
});

// After a new edition took the place of an old one: its pieces go when no window shows the course.
self.addEventListener("message", (event) => {
  const home = event.data?.sweep;
  if (home) event.waitUntil(sweep(home));
});

async function sweep(home) {
  const open = await self.clients.matchAll({ type: "window" });
  if (open.some(({ url }) => new URL(url).pathname.startsWith(home) && !url.endsWith("/keep"))) return;
  const cache = await caches.open(`course:${home}`);
  const list = await (await cache.match(`${home}kept.json`))?.json();
  if (!list || await cache.match(`${home}kept.json?next`)) return;
  const named = new Set([`${home}kept.json`, ...list.named].map((address) => new URL(address, self.location).href));
  for (const one of await cache.keys()) if (!named.has(one.url)) await cache.delete(one);
}
