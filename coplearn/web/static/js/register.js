// A register that works without a network. Each mark is written to this device first and sent as soon as it can be; it
// is forgotten here only after the server said that it has it. Without this script the page is a plain form.

const form = document.getElementById("register");
const box = document.getElementById("outbox");
const words = box?.dataset ?? {};
const LANG = document.documentElement.lang;
const CACHE = "register";
const EVERY = 15000;
const MOST = 200;
let token = form?.querySelector('[name="csrf_token"]')?.value ?? "";
let sending = false;
let again = false;

const newOp = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const rows = () => [...document.querySelectorAll(".register__row")];
const rowOf = (member) => rows().find((row) => row.dataset.member === member);

// ── The outbox of this device.
function openStore() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("register-outbox", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("marks", { keyPath: "seq", autoIncrement: true });
      asked.result.createObjectStore("known", { keyPath: ["marks", "member"] });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

function inStore(store, mode, work, name = "marks") {
  return new Promise((resolve, reject) => {
    const deed = store.transaction(name, mode);
    const asked = work(deed.objectStore(name));
    deed.oncomplete = () => resolve(asked?.result);
    deed.onerror = () => reject(deed.error);
    deed.onabort = () => reject(deed.error);
  });
}

const all = (store, name = "marks") => inStore(store, "readonly", (marks) => marks.getAll(), name);

async function keep(store, row, status) {
  const waiting = (await all(store)).filter((mark) => mark.member === row.dataset.member && mark.marks === form.dataset.marks && mark.owner === form.dataset.owner);
  // A mark that was never on its way is replaced; one that may have arrived stays, and the new one goes on from it.
  const unsent = waiting.filter((mark) => !mark.tried);
  const mark = {
    op: newOp(), owner: form.dataset.owner, marks: form.dataset.marks, member: row.dataset.member, status,
    rev: Number(row.dataset.rev), made: Date.now(), via: form.dataset.via,
    after: unsent[0]?.after ?? row.dataset.op ?? "", tried: false,
  };
  await inStore(store, "readwrite", (marks) => { unsent.forEach((old) => marks.delete(old.seq)); return marks.add(mark); });
  return mark;
}

// ── Sending: all that waits here and was made by this person, register by register.
async function flush(store) {
  if (sending) { again = true; return; }
  sending = true;
  try {
    const mine = (await all(store)).filter((mark) => mark.owner === form.dataset.owner);
    for (const address of new Set(mine.map((mark) => mark.marks))) {
      const batch = mine.filter((mark) => mark.marks === address).slice(0, MOST);
      if (await send(store, address, batch)) { if (mine.filter((mark) => mark.marks === address).length > MOST) again = true; }
    }
  } finally {
    sending = false;
    await show(store);
    if (again) { again = false; setTimeout(() => flush(store)); }
  }
}

async function send(store, address, batch) {
  for (const mark of batch) { mark.tried = true; const row = rowOf(mark.member); if (row && address === form.dataset.marks) row.dataset.op = mark.op; }
  await inStore(store, "readwrite", (marks) => { batch.forEach((mark) => marks.put(mark)); });
  let answer;
  try {
    answer = await post(address, batch);
    if (answer.status === 400) { await freshToken(); answer = await post(address, batch); }
  } catch {
    batch.forEach((mark) => { if (mark.via === "register") mark.via = "offline"; });
    await inStore(store, "readwrite", (marks) => { batch.forEach((mark) => marks.put(mark)); });
    words.now = words.offline;
    return false;
  }
  if (!answer.ok) {
    words.now = answer.status >= 500 ? "" : answer.status === 404 ? words.signed : `${words.refused} ${await reasonOf(answer)}`;
    // The site will never take these: only then may somebody let go of them.
    if (answer.status === 422) box.dataset.never = address;
    return false;
  }
  const came = await answer.json();
  await inStore(store, "readwrite", (marks) => { batch.filter((mark) => came.taken.includes(mark.op)).forEach((mark) => marks.delete(mark.seq)); });
  await inStore(store, "readwrite", (known) => {
    came.standings.forEach(([member, status, rev]) => known.put({ marks: address, member, status, rev }));
  }, "known");
  if (address === form.dataset.marks) came.standings.forEach(settle);
  words.now = [...came.told, came.stale.length ? words.clash : ""].join(" ").trim();
  return true;
}

async function reasonOf(answer) {
  try { return (await answer.json()).refused ?? ""; } catch { return ""; }
}

const post = (address, batch) => fetch(address, {
  method: "POST", credentials: "same-origin", redirect: "error",
  headers: { "Content-Type": "application/json", "X-CSRFToken": token },
  body: JSON.stringify({ marks: batch.map(({ op, member, status, rev, made, via, after }) => ({ op, member, status, rev, made, via, after })) }),
});

// A page that was kept for days has a token that no longer holds: the site's present page has one that does.
async function freshToken() {
  const page = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
  const held = new DOMParser().parseFromString(await page.text(), "text/html").querySelector('#register [name="csrf_token"]');
  if (held) token = held.value;
}

function settle([member, status, rev]) {
  const row = rowOf(member);
  if (!row || Number(row.dataset.rev) >= rev) return;
  row.dataset.rev = rev;
  row.dataset.status = status;
  row.querySelector('[name^="w-"]').value = `${rev}:${status}`;
}

// ── Saying how it stands.
function waits(count) {
  const rules = new Intl.PluralRules(LANG);
  const sample = [1, 2, 3, 5, 11, 100].find((number) => rules.select(number) === rules.select(count)) ?? 100;
  return (words[`waits-${sample}`] ?? words[`waits${sample}`] ?? box.getAttribute(`data-waits-${sample}`) ?? "").replace("{count}", new Intl.NumberFormat(LANG).format(count));
}

async function show(store) {
  const held = await all(store);
  const mine = held.filter((mark) => mark.owner === form.dataset.owner);
  const said = [];
  if (mine.length) said.push(waits(mine.length));
  if (words.now) said.push(words.now);
  if (!mine.length && !words.now && box.dataset.any) said.push(words.saved);
  if (held.length > mine.length) said.push(words.others);
  box.hidden = !said.length;
  box.textContent = said.join(" ");
  if (mine.length && box.dataset.never) box.append(" ", forget(store, box.dataset.never));
  box.className = mine.length || words.now ? "outbox outbox--waits" : "outbox";
  box.dataset.count = mine.length;
  count();
}

// How many are marked: those the page came with, and those of its rows that were marked since, sent or waiting.
const blank = new Set(rows().filter((row) => !row.dataset.status));
function count() {
  const line = document.getElementById("marked");
  if (!line) return;
  const since = [...blank].filter((row) => row.querySelector("input:checked")).length;
  line.textContent = line.dataset.words.replace("{done}", new Intl.NumberFormat(LANG).format(Number(line.dataset.done) + since));
}

function forget(store, address) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet";
  button.textContent = words.forget;
  button.addEventListener("click", async () => {
    const held = (await all(store)).filter((mark) => mark.marks === address && mark.owner === form.dataset.owner);
    await inStore(store, "readwrite", (marks) => { held.forEach((mark) => marks.delete(mark.seq)); });
    location.reload();
  });
  return button;
}

// ── Marking by thumb and by keyboard.
function mark(store, row, status) {
  box.dataset.any = "yes";
  words.now = "";
  delete box.dataset.never;
  const waiting = keep(store, row, status).then(() => show(store));
  pending = Promise.all([pending, waiting]);
  clearTimeout(soon);
  soon = setTimeout(() => pending.then(() => flush(store)), 600);
}
let soon;
let pending = Promise.resolve();

function step(row, by) {
  const list = rows();
  const next = list[list.indexOf(row) + by];
  if (!next) return;
  (next.querySelector("input:checked") ?? next.querySelector('input:not([type="hidden"])')).focus();
  next.scrollIntoView({ block: "nearest" });
}

function watchKeys() {
  form.addEventListener("keydown", (event) => {
    const row = event.target.closest(".register__row");
    if (!row || !event.target.matches('[type="radio"]') || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(row, event.key === "ArrowDown" ? 1 : -1);
      return;
    }
    // By the place of the key, so that an Arabic or Russian keyboard has them too.
    const letter = /^Key[A-Z]$/.test(event.code) ? event.code[3].toLowerCase() : event.key.toLowerCase();
    const chosen = row.querySelector(`[data-letter="${CSS.escape(letter)}"]`);
    if (!chosen) return;
    event.preventDefault();
    if (!chosen.checked) { chosen.checked = true; chosen.dispatchEvent(new Event("change", { bubbles: true })); }
    step(row, 1);
  });
}

function watchMarks(store) {
  form.addEventListener("change", (event) => {
    const row = event.target.closest(".register__row");
    if (row && event.target.matches('[type="radio"], [data-typed]')) mark(store, row, event.target.value);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.name === "rest") {
      for (const row of rows()) {
        if (row.querySelector("input:checked")) continue;
        const chosen = row.querySelector(`[value="${CSS.escape(event.submitter.value)}"]`);
        chosen.checked = true;
        mark(store, row, chosen.value);
      }
    }
    box.dataset.any = "yes";
    clearTimeout(soon);
    pending.then(() => flush(store));
  });
  window.addEventListener("online", () => flush(store));
  document.addEventListener("visibilitychange", () => flush(store));
  setInterval(() => { if (Number(box.dataset.count)) flush(store); }, EVERY);
}

// What waits here is newer than what the page shows, above all when the page comes from this device's own copy.
async function putBack(store) {
  for (const { marks, member, status, rev } of await all(store, "known")) {
    const row = marks === form.dataset.marks ? rowOf(member) : null;
    if (!row || Number(row.dataset.rev) >= rev) continue;
    settle([member, status, rev]);
    enter(row, status);
  }
  for (const held of await all(store)) {
    if (held.marks !== form.dataset.marks || held.owner !== form.dataset.owner) continue;
    const row = rowOf(held.member);
    if (row && enter(row, held.status) && held.tried) row.dataset.op = held.op;
  }
}

// What a row shows: a choice, or what was typed into its field. Whether it can.
function enter(row, status) {
  const typed = row.querySelector("[data-typed]");
  if (typed) { typed.value = status; return true; }
  const chosen = row.querySelector(`[type="radio"][value="${CSS.escape(status)}"]`);
  if (chosen) chosen.checked = true;
  return Boolean(chosen);
}

// ── This page, kept on the device so that it opens without a network.
async function keepPage() {
  if (!("serviceWorker" in navigator) || !window.caches) return;
  await navigator.serviceWorker.register(form.dataset.worker, { scope: location.pathname });
  const files = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="icon"]')].map((link) => link.href);
  files.push(...[...document.scripts].filter((script) => script.src).map((script) => script.src));
  const kept = await caches.open(CACHE);
  await kept.addAll([...files, location.href]);
  navigator.storage?.persist?.();
  document.documentElement.dataset.kept = "yes";
}

if (form && box && window.indexedDB && !document.getElementById("reason")) {
  const store = await openStore().catch(() => null);
  if (store) {
    watchKeys();
    watchMarks(store);
    await putBack(store);
    await flush(store);
    keepPage().catch(() => { /* private windows and old browsers: marks are kept all the same */ });
    document.documentElement.dataset.register = "ready";
  }
}
