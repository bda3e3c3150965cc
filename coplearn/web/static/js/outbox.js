// What waits on this device until the site has it: answers, marks of a register, entries of an exercise. One module for the
// whole site. An entry is kept before anything is said, is sent in the order of the device, and goes only after the site
// named it in an answer of its own: a captive portal, a page for signing in or a fault lets everything stay.

const LANG = document.documentElement.lang;
const NAME = "outbox";
const MOST = 50;
const ROOM = 200_000;
const EVERY = 15_000;
const CLAIM = 60_000;
const LISTS = { mark: "marks" };

export const events = new EventTarget();
const tell = (name, detail) => events.dispatchEvent(new CustomEvent(name, { detail }));
const channel = window.BroadcastChannel ? new BroadcastChannel(NAME) : null;
const newName = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const noTrace = () => document.documentElement.dataset.trace === "none";
const isKeptPage = () => Boolean(document.documentElement.dataset.kept?.startsWith("/"));
const home = () => document.querySelector(".brand")?.getAttribute("href") ?? `/${location.pathname.split("/")[1]}/`;

// ── The store. Another tab may hold it, and the browser may clear it in the middle: then it is opened anew.
let opened = null;

export const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = (event) => { event.preventDefault(); reject(request.error); };
});

function open() {
  opened ??= begin().catch((fault) => { opened = null; throw fault; });
  return opened;
}

async function begin() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("entries", { keyPath: "seq", autoIncrement: true }).createIndex("op", "op", { unique: true });
    request.result.createObjectStore("known", { keyPath: ["marks", "member"] });
    request.result.createObjectStore("facts");
  };
  const store = await asked(request);
  store.onclose = () => { opened = null; };
  store.onversionchange = () => { store.close(); opened = null; };
  return store;
}

// One transaction, on the disk when this resolves. `work` gets the stores and gives what it found.
export async function once(names, mode, work) {
  for (const last of [false, true]) {
    try {
      const deed = (await open()).transaction(names, mode, { durability: "strict" });
      const done = new Promise((resolve, reject) => {
        deed.oncomplete = resolve;
        deed.onerror = deed.onabort = () => reject(deed.error ?? new DOMException("", "AbortError"));
      });
      const going = work(...names.map((name) => deed.objectStore(name)));
      going.catch(() => { try { deed.abort(); } catch { /* it is over */ } });
      return (await Promise.all([going, done]))[0];
    } catch (fault) {
      if (last || fault.name === "QuotaExceededError") throw fault;
      opened = null;
    }
  }
  return undefined;
}

// What waits is sent from a full device as well, where nothing can be noted: letting go of it makes room.
const perhaps = (deed) => deed.catch(() => {});

// What another tab sent is not put back.
const all = () => once(["entries", "facts"], "readonly", async (entries, facts) => {
  const found = await asked(facts.get("device"));
  const held = await asked(entries.getAll());
  if (found === device) for (const op of said.keys()) held.some((one) => one.op === op) || said.delete(op);
  return held;
});
const fact = (name) => once(["facts"], "readonly", (facts) => asked(facts.get(name)));

// ── Keeping. This page remembers what it said it kept, and puts it back where the browser cleared the store meanwhile.
const said = new Map();
let device = null;
let here = null;

// Keep one operation; resolves with its id when it is on the disk, and rejects when this device could not keep it. With a `slot`
// it takes the place of one for the same that was never on its way; `body` may be made of that one.
export async function add({ kind, address, body, owner: whose, slot = null }) {
  if (noTrace() || !window.indexedDB) throw new DOMException("", "NotAllowedError");
  const name = whose ?? await owner();
  const entry = { op: newName(), kind, owner: name, address, slot, made: Date.now(), tried: 0 };
  const isSame = (one) => !one.tried && one.slot === slot && one.address === address && one.owner === name && one.kind === kind;
  await once(["entries", "facts"], "readwrite", async (entries, facts) => {
    await restore(entries, facts);
    const before = slot === null ? [] : (await asked(entries.getAll())).filter(isSame);
    for (const one of before) entries.delete(one.seq);
    Object.assign(entry, { device, body: typeof body === "function" ? body(before[0]) : body });
    entries.add(entry);
  });
  said.set(entry.op, entry);
  await changed();
  return entry.op;
}

async function restore(entries, facts) {
  const found = await asked(facts.get("device"));
  if (device && found !== device) {
    if (here !== null) facts.put(here, "owner");
    for (const { seq, ...entry } of said.values()) entries.add(entry);
  }
  device ??= found ?? newName();
  facts.put(device, "device");
}

const putBack = async () => { if (device) await once(["entries", "facts"], "readwrite", restore); };

// The sentence for somebody whose answer could not be kept.
export async function sentence(fault) {
  const words = await sentences();
  return (fault?.name === "QuotaExceededError" ? words.full : words.unkept) ?? "";
}

// ── Whose it is.
export async function owner() {
  here = await perhaps(fact("owner")) ?? here ?? "";
  return here;
}

export async function waiting(whose) {
  const [held, name] = [await all().catch(() => []), whose ?? await owner()];
  const mine = held.filter((one) => one.owner === name);
  return { mine, others: held.length - mine.length };
}

// Let go of what this person has waiting, all of it or that of one address.
export async function drop(whose, address) {
  await forget((await waiting(whose)).mine.filter((one) => !address || one.address === address));
}

// Let go of one that the site refused for good, where a page has given back what it held.
export async function forgetOne(op) {
  await forget((await all()).filter((one) => one.op === op && one.refused));
}

const strike = (some) => once(["entries"], "readwrite", async (entries) => { for (const one of some) entries.delete(one.seq); });

async function forget(some) {
  await strike(some);
  await changed();
}

// At leaving: whoever comes next is asked for anew, and the names of a register go.
export async function leave() {
  here = null;
  await once(["facts", "known"], "readwrite", async (facts, known) => {
    for (const name of ["owner", "mark", "was"]) facts.delete(name);
    known.clear();
  });
}

export const standings = async (address) => (await once(["known"], "readonly", (known) => asked(known.getAll()))).filter((one) => one.marks === address);

// ── The site: who we are to it, its token, its words.
let words = null;

export async function sentences() {
  words ??= await perhaps(fact(`words:${LANG}`));
  return words ?? {};
}

const fetched = (address, more) => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 60_000);
  const options = { credentials: "same-origin", cache: "no-store", redirect: "error", signal: stop.signal, ...more };
  return fetch(address, options).finally(() => clearTimeout(timer));
};

async function json(answer) {
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return null;
  try { return await answer.json(); } catch { return null; }
}

// Signed in or not, as an online page shows it: when that changes, somebody else may be here.
const mark = () => [...document.querySelectorAll(".top__tools a, .lent a")].map((link) => link.pathname).join();

async function ask() {
  const answer = await perhaps(fetched(`${home()}operations.json`));
  const came = answer?.ok ? await json(answer) : null;
  if (!came || typeof came.token !== "string" || !Array.isArray(came.also)) return null;
  words = came.words;
  here = came.owner ?? "";
  await perhaps(once(["entries", "facts"], "readwrite", async (entries, facts) => {
    // Whose sign-in has run out did not leave.
    const before = await asked(facts.get("owner"));
    if (before && before !== here) facts.put(before, "was");
    facts.put(here, "owner");
    facts.put(words, `words:${LANG}`);
    if (!isKeptPage()) facts.put(mark(), "mark");
    for (const one of came.owner ? await asked(entries.getAll()) : []) {
      if (came.also.includes(one.owner)) entries.put({ ...one, owner: came.owner });
    }
  }));
  remember();
  return came;
}

// ── Sending.
let busy = null;
let again = false;
let rest = 0;
let now = "";

export function flush() {
  if (!window.indexedDB || noTrace()) return Promise.resolve();
  if (busy) again = true;
  busy ??= sendAll().finally(() => { busy = null; });
  return busy;
}

async function sendAll() {
  try {
    do {
      again = false;
      await alone(sendWaiting);
    } while (again);
  } catch { /* the store is not to be had now: what it holds stays */ }
  await changed();
}

// One tab at a time; where there are no locks (a page over plain http), by a claim in the store.
async function alone(work) {
  if (navigator.locks) {
    await navigator.locks.request(NAME, { ifAvailable: true }, (held) => held && work());
    return;
  }
  const me = newName();
  const got = await once(["facts"], "readwrite", async (facts) => {
    const claim = await asked(facts.get("claim"));
    const left = claim ? claim.until - Date.now() : 0;
    if (left > 0 && left <= CLAIM) return false;
    facts.put({ me, until: Date.now() + CLAIM }, "claim");
    return true;
  });
  if (!got) return;
  try { await work(); } finally {
    await once(["facts"], "readwrite", async (facts) => { if ((await asked(facts.get("claim")))?.me === me) facts.delete("claim"); });
  }
}

async function sendWaiting() {
  await perhaps(putBack());
  if (!(await all()).some((one) => !one.refused) || Date.now() < rest && rest - Date.now() < 3_600_000) return;
  const me = await ask();
  if (!me) { await withoutNetwork(await all()); return; }
  const stuck = new Set();
  for (;;) {
    const mine = (await all()).filter((one) => one.owner === me.owner && me.owner && !one.refused && !stuck.has(one.address));
    if (!mine.length) return;
    const { address, kind } = mine[0];
    const batch = await onTheirWay(cut(mine.filter((one) => one.address === address && one.kind === kind)));
    if (batch.length && !(await send(me, address, kind, batch))) stuck.add(address);
  }
}

function cut(some) {
  let size = 0;
  return some.slice(0, MOST).filter((one, at) => { size += JSON.stringify(one.body).length; return at === 0 || size <= ROOM; });
}

// Those of them that are still there, each marked as one that may have arrived.
async function onTheirWay(batch) {
  return await perhaps(once(["entries"], "readwrite", async (entries) => {
    const found = (await asked(entries.getAll())).filter((one) => batch.some(({ op }) => op === one.op));
    for (const one of found) entries.put({ ...one, tried: one.tried + 1 });
    return found;
  })) ?? batch;
}

const post = (token, owner, address, kind, batch) => fetched(address, {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-CSRFToken": token },
  body: JSON.stringify({
    owner,
    sent: Date.now(),
    [LISTS[kind] ?? "operations"]: batch.map(({ op, seq, device: of, made, body }) => ({ ...body, op, seq, device: of, made })),
  }),
});

// Whether something of the batch is settled.
async function send(me, address, kind, batch) {
  tell("tried", { address, batch });
  let answer;
  try {
    answer = await post(me.token, me.owner, address, kind, batch);
    if (answer.status === 400) {
      const fresh = await ask();
      if (fresh?.owner !== me.owner) return false;
      answer = await post(fresh.token, me.owner, address, kind, batch);
    }
  } catch {
    await withoutNetwork(batch);
    return false;
  }
  const came = await json(answer);
  if (!answer.ok || !came || !Array.isArray(came.taken)) {
    rest = Date.now() + 1000 * (Number(answer.headers.get("Retry-After")) || 0);
    now = "busy";
    tell("failed", { address, status: answer.status, came });
    return false;
  }
  const refused = new Map((came.refused ?? []).map((one) => [one.op, one.sentence]));
  const taken = batch.filter((one) => came.taken.includes(one.op));
  const never = batch.filter((one) => refused.has(one.op));
  await strike(taken);
  await once(["entries", "known"], "readwrite", async (entries, known) => {
    for (const one of never) entries.put({ ...one, refused: refused.get(one.op) });
    for (const [member, status, rev] of came.standings ?? []) known.put({ marks: address, member, status, rev });
  });
  now = "";
  tell("came", { address, batch, came });
  return taken.length + never.length > 0;
}

async function withoutNetwork(batch) {
  now = "offline";
  await once(["entries"], "readwrite", async (entries) => {
    for (const one of batch) {
      if (one.body.via !== "register") continue;
      const held = await asked(entries.get(one.seq));
      if (held) entries.put({ ...held, body: { ...held.body, via: "offline" } });
    }
  });
  tell("failed", { address: batch[0]?.address, status: 0, came: null });
}

// ── Saying how it stands. The cookie and the flag let other pages load this module; the cookie outlives a cleared store.
const counted = () => Number(document.cookie.match(/(?:^|; )waits=(\d+)/)?.[1] ?? 0);

function remember(count) {
  try { localStorage.setItem(NAME, "yes"); } catch { /* a private window: pages do without */ }
  if (count === undefined || noTrace()) return;
  document.cookie = `waits=${count}; path=/; samesite=lax; max-age=${count ? 31_536_000 : 0}`;
}

let line = null;
let lost = false;

export function waits(held, spoken) {
  const rules = new Intl.PluralRules(LANG);
  const form = rules.select(held.length);
  const sample = [1, 2, 3, 5, 11, 100].find((one) => rules.select(one) === form) ?? 100;
  const key = held.every((one) => one.kind === "answer") ? "waits" : "entries";
  return (spoken[`${key}-${sample}`] ?? "").replace("{count}", new Intl.NumberFormat(LANG).format(held.length));
}

async function changed(quietly) {
  const held = await perhaps(all());
  if (held && (held.length || counted() && (!lost || line && await lostWords()))) remember(held.length);
  if (!quietly) channel?.postMessage("changed");
  tell("changed", {});
  if (line && held) await draw(held);
}

function button(label, press) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "button button--quiet", textContent: label });
  made.addEventListener("click", press);
  return made;
}

let had = false;
// A kept page has this sentence itself: without a network it cannot be asked for, and those that were kept are gone too.
const lostWords = async () => (await sentences()).lost ?? line?.dataset.lost;

async function draw(held) {
  const [spoken, name] = [await sentences(), await owner()];
  const mine = held.filter((one) => one.owner === name);
  const open = mine.filter((one) => !one.refused);
  const parts = [];
  if (lost) parts.push(await lostWords());
  if (open.length) parts.push(waits(open, spoken), now === "busy" ? spoken.busy : spoken.offline, button(spoken.send, () => { rest = 0; flush(); }));
  else if (had && !mine.length) parts.push(spoken.sent);
  for (const one of mine.filter((each) => each.refused)) parts.push(spoken.refused, one.refused, button(spoken.forget, () => forget([one])));
  const was = await perhaps(fact("was")), away = held.filter((one) => one.owner !== name && one.owner === was);
  if (away.length) parts.push(waits(away, spoken), spoken.signed);
  if (held.length > mine.length + away.length) parts.push(spoken.others);
  had ||= open.length > 0;
  // Without its words (no page of this language was online yet) there is nothing to say.
  const shown = parts.filter((part) => part?.textContent ?? part);
  line.replaceChildren(...shown.flatMap((part) => [part, " "]));
  line.hidden = !shown.length;
}

// Send what waits: now, when the network is back, when the page is looked at again, and by the clock. Says how it stands in
// `element`, or at the foot of the page where something waits.
let watched = false;

export async function watch(element = null) {
  if (!window.indexedDB || noTrace()) return;
  const isFirst = !watched;
  watched = true;
  if (element) line?.remove();
  line = element ?? line ?? document.createElement("p");
  if (!isFirst) { await changed(true); return; }
  if (document.getElementById("outbox")) line = null; // a register says so in its own words
  else if (!element) {
    Object.assign(line, { className: "notice", hidden: true });
    line.setAttribute("role", "status");
    document.getElementById("main")?.append(line);
  }
  timed();
  const before = counted();
  try {
    if (before && !(await all()).length && !(await fact("device"))) lost = true;
    if (!isKeptPage() && (await fact("mark") !== mark() || !(await sentences()).cleared)) await ask();
  } catch { lost ||= before > 0; }
  // What they were marks of is asked for at once (kept-done.js).
  if (lost) sessionStorage.removeItem("kept-done");
  await flush();
}

let clock = null;

export function timed() {
  if (clock) return;
  clock = setInterval(async () => { if ((await all().catch(() => [])).some((one) => !one.refused)) flush(); }, EVERY);
  window.addEventListener("online", () => { rest = 0; flush(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  channel?.addEventListener("message", () => changed(true));
}
