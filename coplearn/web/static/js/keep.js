// Keeps a course on this device, piece by piece: each is held to its digest and is there for good before the next is asked
// for, so that it may stop anywhere and go on later. A new edition takes the place of the old one when all of it is there.

const AT_ONCE = 3;
const PACKED = "x-packed";
const root = document.documentElement;
const able = window.isSecureContext && "serviceWorker" in navigator && "caches" in window && crypto.subtle && root.dataset.trace !== "none";
const box = document.getElementById("keep");
const { lib, hear, marks } = box?.dataset ?? {};
const { listing, listingIn, nameOf, pieces, missing, day, size, fill } = lib ? await import(lib) : {};
const { cleared, kept, note } = marks ? await import(marks) : {};
const { choose, come, fetchHeard } = hear ? await import(hear) : {};
const sum = (some) => some.reduce((total, one) => total + one[2], 0);

class Told extends Error {}

async function newest(home) {
  const answer = await fetch(listingIn(home), { cache: "no-cache", credentials: "same-origin" });
  const list = answer.ok ? await answer.json().catch(() => null) : null;
  if (list?.home !== home) throw new Told("portal");
  choose?.(list);
  return list;
}

const digestOf = async (bytes) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((one) => one.toString(16).padStart(2, "0")).join("");

// A page takes a quarter of the room packed; the worker unpacks it.
function packed(bytes, headers) {
  if (!window.CompressionStream || !headers.get("content-type")?.startsWith("text/html")) return new Response(bytes, { headers });
  headers.set(PACKED, "gzip");
  return new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")), { headers });
}

const unpacked = (answer) => answer.headers.get(PACKED) ? new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))) : answer;

// One piece: from another course's cache when it is there, else from the network. Only what it should be is kept.
async function fetchPiece(cache, [address, digest], signal) {
  for (const from of ["held", "default", "reload"]) {
    const answer = from === "held" ? await caches.match(address, { ignoreVary: true }) : await fetch(address, { signal, cache: from, credentials: "same-origin" });
    if (!answer?.ok) continue;
    const bytes = await unpacked(answer).arrayBuffer();
    if (await digestOf(bytes) !== digest) continue;
    const headers = new Headers(answer.headers);
    for (const name of ["content-encoding", "content-length", "vary", "x-request-id", PACKED]) headers.delete(name);
    await cache.put(address, packed(bytes, headers));
    return;
  }
  throw new Told("portal");
}

async function fetchAll(list, numbers, heard, signal, tell) {
  const cache = await caches.open(nameOf(list.home));
  await cache.put(`${listingIn(list.home)}?next`, Response.json({ ...list, numbers, heard }));
  const all = sum(pieces(list, numbers, []));
  for (let round = 0; round < 3; round += 1) {
    const wanted = await missing(list, numbers, []);
    let done = all - sum(wanted);
    tell(done, all);
    if (!wanted.length) return;
    const takers = Array.from({ length: AT_ONCE }, async () => {
      for (let one = wanted.shift(); one; one = wanted.shift()) {
        signal.throwIfAborted();
        await fetchPiece(cache, one, signal);
        done += one[2];
        tell(done, all);
      }
    });
    // One that fails stops the others, but for what is on its way: each piece that came stays.
    for (const taker of takers) taker.catch(() => { wanted.length = 0; });
    const failed = (await Promise.allSettled(takers)).find((one) => one.reason);
    if (failed) throw failed.reason;
  }
  throw new Told("gone");
}

// From here on the new edition is what opens: the listing is the last that is written, and it is written at once. Of what was
// wanted, it has the recordings that are there.
async function switchTo(list, numbers, wanted) {
  const cache = await caches.open(nameOf(list.home));
  const heard = [];
  for (const one of wanted) if (!(await missing(list, numbers, [one])).length) heard.push(one);
  const named = pieces(list, numbers, heard).map(([address]) => address);
  const there = new Set(named);
  const pages = Object.fromEntries(Object.entries(list.pages).filter(([, address]) => there.has(address)));
  await cache.put(listingIn(list.home), Response.json({ ...list, numbers, heard, named, pages, at: Date.now() }));
  if (heard.length < wanted.length) return;
  await cache.delete(`${listingIn(list.home)}?next`);
  (await navigator.serviceWorker.ready).active?.postMessage({ sweep: list.home });
}

async function checkRoom(bytes) {
  const room = await navigator.storage?.estimate?.().catch(() => null);
  if (room?.quota && room.quota - room.usage < bytes) throw new Told("full");
}

async function keep(home, list, numbers, heard, signal, tell) {
  await checkRoom(4 * sum(await missing(list, numbers, [])));
  await navigator.serviceWorker.register(box.dataset.worker).catch(() => { throw new Told("refused"); });
  for (let turn = 0; ; turn += 1) {
    try {
      await fetchAll(list, numbers, heard, signal, tell);
      await switchTo(list, numbers, heard);
      // The words for what waits, and what is done, come from an online page: this one.
      await kept().catch(() => {});
      await navigator.storage?.persist?.().catch(() => {});
      // What is heard comes last: when there is no room for it, or the network stops, the course is there.
      const wanted = await missing(list, numbers, heard);
      if (!wanted.length) return list;
      await fetchHeard(await caches.open(nameOf(home)), wanted, { signal, tell, digestOf, checkRoom, why, Told });
      await switchTo(list, numbers, heard);
      return list;
    } catch (fault) {
      // Perhaps the course was changed meanwhile: then the newest listing names other pieces.
      const fresh = fault instanceof Told && turn < 3 ? await newest(home) : null;
      if (!fresh || fresh.edition === list.edition) throw fault;
      list = fresh;
    }
  }
}

const why = (fault) => fault instanceof Told ? fault.message
  : fault.name === "AbortError" ? "paused"
  : fault.name === "QuotaExceededError" ? "full"
  : fault instanceof TypeError ? "offline" : "refused";

async function remove(home) {
  await caches.delete(nameOf(home));
  await note();
  if (!(await caches.keys()).length) for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
}

async function watchKeeping() {
  const words = box.dataset;
  const { home } = words;
  const [form, said, bar, stop, away, have] = ["keep-form", "keep-said", "keep-bar", "keep-pause", "keep-remove", "keep-have"].map((id) => document.getElementById(id));
  const ticks = [...form.querySelectorAll("[name=module]")];
  const start = form.querySelector("[data-start]");
  const ears = [...form.querySelectorAll("[name=heard]")];
  const boxes = [...ticks, ...ears];
  const ticked = (some) => some.filter((one) => one.checked).map((one) => Number(one.value));
  const chosen = () => ticked(ticks);
  const heard = () => ticked(ears).filter((one) => chosen().includes(one));
  let list = null;
  let halt = null;
  let lost = false;

  async function show() {
    const [held, begun] = [await listing(home), await listing(home, true)];
    const some = held || begun;
    const gone = held && ((await missing(held)).length || !await navigator.serviceWorker.getRegistration(home));
    lost ||= !held && await cleared();
    have.hidden = !held && !lost;
    if (!held) have.textContent = words.cleared;
    else have.textContent = gone ? words.gone : fill(held.edition === list?.edition || !list ? words.have : words.newer, { edition: held.version, day: day(held.at), size: size(sum(pieces(held))) });
    away.hidden = !some;
    start.querySelector("span").textContent = begun ? words.goOn : held ? words.again : words.keep;
    if (!list) return;
    for (const one of boxes) one.closest("label").querySelector("[data-size]").textContent = size(sum(list.modules[one.value - 1][one.name === "module" ? "pieces" : "heard"]));
    // To look into a cache that is not there would make one.
    const came = some && heard().length ? await come(await caches.open(nameOf(home))) : 0;
    const rest = Math.max(0, sum(await (some ? missing : pieces)(list, chosen(), heard())) - came);
    document.getElementById("keep-size").textContent = fill(rest ? words.size : words.nothing, { size: size(rest) });
    start.hidden = !gone && !begun && !rest && held?.edition === list.edition && String([held.numbers, held.heard ?? []]) === String([chosen(), heard()]);
  }

  async function run() {
    halt = new AbortController();
    [start.disabled, stop.hidden, bar.hidden] = [true, false, false];
    said.textContent = words.running;
    try {
      list ??= await newest(home);
      list = await keep(home, list, chosen(), heard(), halt.signal, (done, all) => { bar.max = all; bar.value = done; });
      said.textContent = await navigator.storage?.persisted?.() ? words.done : words.doneUnsure;
      bar.hidden = true;
    } catch (fault) {
      said.textContent = words[why(fault)];
    }
    [start.disabled, stop.hidden] = [false, true];
    await show();
  }

  const alone = () => navigator.locks ? navigator.locks.request(`keep:${home}`, { ifAvailable: true }, (lock) => lock ? run() : void (said.textContent = words.elsewhere)) : run();
  form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); if (chosen().length) alone(); });
  form.addEventListener("change", () => show());
  stop.addEventListener("click", () => halt?.abort());
  away.addEventListener("click", async () => { halt?.abort(); await remove(home); said.textContent = words.removed; await show(); });
  document.getElementById("keep-cannot").hidden = true;
  box.hidden = false;
  try {
    // In some private windows even to look is refused.
    const before = (await listing(home, true)) ?? (await listing(home));
    if (before) for (const one of boxes) one.checked = (one.name === "module" ? before.numbers : before.heard ?? []).includes(Number(one.value));
    list = await newest(home);
  } catch (fault) { said.textContent = words[why(fault)]; }
  // Said here, it is not said on the next page again.
  await show().then(note).catch(() => {});
}

if (able && box) await watchKeeping();
root.dataset.keeping = "ready";
