// A step of a course on a page that is kept: answered without a network, told at once, and handed to the outbox. What it comes to
// here is a first count: the site scores again. Also the marks of what is done, on the kept page of a course.

import { play } from "./step.js";
export * from "./step.js";

const say = document.getElementById("say")?.dataset ?? {};
const form = document.querySelector("form[data-kept]");
const course = location.pathname.match(/\/c\/([^/]+)\//)?.[1] ?? "";

// ── What was done on this phone, by whom and in which course: for this page's own marks, no record of the site's. What was done
// before the site knew anybody here is theirs who goes on. What was done elsewhere is put there by kept-done.js.
const NOBODYS = `kept-progress::${course}`;
const held = (place) => JSON.parse(localStorage.getItem(place) ?? "{}");

async function placeOfProgress() {
  const owner = say.outbox ? await (await import(say.outbox)).owner?.() : "";
  return `kept-progress:${owner ?? ""}:${course}`;
}

async function progress() {
  try { return { ...held(NOBODYS), ...held(await placeOfProgress()) }; } catch { return {}; }
}

async function note(changes) {
  const all = await progress(), item = form.dataset.itemId, place = await placeOfProgress();
  all[item] = { ...all[item], ...changes };
  try {
    localStorage.setItem(place, JSON.stringify(all));
    if (place !== NOBODYS) localStorage.removeItem(NOBODYS);
  } catch { /* marks alone: nothing is lost */ }
}

async function keep(answer, slot) {
  const box = await import(say.outbox), kept = document.documentElement.dataset.kept;
  const edition = kept ? await (await import(kept)).edition() : null;
  const { item, madeOf: made_of, operations: address } = form.dataset;
  const seed = Number(form.elements.seed?.value ?? 0);
  return box.add({ kind: "answer", address, slot, body: { item, seed, made_of, course_digest: edition?.digest ?? "", ...answer } });
}

function tell(word) {
  const line = document.getElementById("kept-say");
  if (line) line.textContent = line.dataset[word] ?? "";
}

// Whether it is kept: only then the page says so.
async function kept(answer, slot) {
  try { await keep(answer, slot); } catch { tell("failed"); return false; }
  tell("kept");
  return true;
}

const ports = {
  has: async () => (await progress())[form.dataset.itemId] ?? {},
  note,
  keep: kept,
  tell,
  go: () => { if (form.dataset.onward) location.assign(form.dataset.onward); },
  again: () => location.reload(),
};

// ── Each page once.
async function markDone() {
  const all = await progress();
  for (const line of document.querySelectorAll("li[data-item]")) {
    if (!all[line.dataset.item]?.done) continue;
    line.classList.add("item--done");
    line.querySelector("[data-done-word]")?.removeAttribute("hidden");
  }
}

if (form) play(form, ports);
markDone();
