// My learning: what is kept on this device, since when and until when, and all of it cleared.

const root = document.documentElement;
const mine = document.getElementById("kept-here");
const able = window.isSecureContext && "serviceWorker" in navigator && "caches" in window && root.dataset.trace !== "none";
const { pieces, missing, courses, day, size, fill } = await import(mine.dataset.lib);
const { cleared, note } = await import(mine.dataset.marks);

async function clearAll() {
  for (const name of await caches.keys()) await caches.delete(name);
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
  const stores = (await indexedDB.databases?.()) ?? ["outbox", "register-outbox", "kept"].map((name) => ({ name }));
  for (const { name } of stores) indexedDB.deleteDatabase(name);
  localStorage.clear();
  sessionStorage.clear();
  for (const name of ["waits", "keeps"]) document.cookie = `${name}=0; path=/; samesite=lax; max-age=0`;
}

async function show() {
  const words = mine.dataset;
  const rows = document.getElementById("kept-rows");
  const until = document.getElementById("kept-until");
  const lost = await cleared();
  for (const { home, list, next } of await courses()) {
    if (!list && !next) continue;
    const row = document.createElement("li");
    row.append(Object.assign(document.createElement("a"), { href: `${home}keep`, textContent: list?.title ?? words.begun }));
    if (list) {
      const gone = (await missing(list)).length || !await navigator.serviceWorker.getRegistration(home);
      const line = gone ? words.gone : fill(words.row, { edition: list.version, day: day(list.at), size: size(pieces(list).reduce((total, one) => total + one[2], 0)) });
      row.append(document.createElement("br"), line);
    }
    rows.append(row);
  }
  if (lost) until.before(Object.assign(document.createElement("p"), { className: "notice", textContent: words.cleared }));
  until.textContent = !rows.children.length ? words.none : await navigator.storage?.persisted?.() ? words.until : words.unsure;
  document.getElementById("kept-clear").addEventListener("click", async () => {
    const outbox = document.getElementById("say")?.dataset.outbox;
    const waits = outbox ? await (await import(outbox)).waiting?.().catch(() => null) : null;
    if (!window.confirm(waits?.mine.length || waits?.others ? words.sureWaits : words.sure)) return;
    await clearAll();
    location.reload();
  });
  mine.hidden = false;
  await note();
}

if (able) await show();
root.dataset.keeping = "ready";
