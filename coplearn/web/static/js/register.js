// A register that works without a network. Each mark is kept on this device first (outbox.js) and sent as soon as it can be; it
// is forgotten here only after the server said that it has it. Without this script the page is a plain form.

import { moveOld } from "./moved.js";
import { keepPage } from "./open-again.js";

const form = document.getElementById("register");
const box = document.getElementById("outbox");
const words = box?.dataset ?? {};
const LANG = document.documentElement.lang;
const outbox = form && await import(document.getElementById("say").dataset.outbox);
const { owner: OWNER, marks: MARKS } = form?.dataset ?? {};
let now = "";
let broken = false;

const rows = () => [...document.querySelectorAll(".register__row")];
const rowOf = (member) => rows().find((row) => row.dataset.member === member);
const held = async () => (await outbox.waiting(OWNER)).mine.filter((one) => one.kind === "mark");

// A mark that was never on its way is replaced; one that may have arrived stays, and the new one goes on from it.
function keep(row, status) {
  const { member, rev } = row.dataset;
  return outbox.add({
    kind: "mark", owner: OWNER, address: MARKS, slot: member,
    body: (before) => ({ member, status, rev: Number(rev), via: form.dataset.via, after: before?.body.after ?? row.dataset.op ?? "" }),
  });
}

// ── What the site said.
function watchSending() {
  outbox.events.addEventListener("tried", ({ detail: { address, batch } }) => {
    if (address === MARKS) for (const { op, body } of batch) { const row = rowOf(body.member); if (row) row.dataset.op = op; }
  });
  outbox.events.addEventListener("came", ({ detail: { address, came } }) => {
    if (!came.standings) return;
    if (address === MARKS) came.standings.forEach(settle);
    now = [...came.told, came.stale.length ? words.clash : ""].join(" ").trim();
  });
  outbox.events.addEventListener("failed", ({ detail: { address, status, came } }) => {
    if (status === 0) now = words.offline;
    else if (status === 422 || status === 403) now = `${words.refused} ${came?.refused ?? ""}`;
    else now = status >= 500 || status === 429 ? "" : words.signed;
    // The site will never take these: only then may somebody let go of them.
    if (status === 422) box.dataset.never = address;
  });
  outbox.events.addEventListener("changed", show);
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
  return (box.getAttribute(`data-waits-${sample}`) ?? "").replace("{count}", new Intl.NumberFormat(LANG).format(count));
}

async function show() {
  const [mine, { others }] = [await held(), await outbox.waiting(OWNER)];
  const said = [];
  if (mine.length) said.push(waits(mine.length));
  if (now) said.push(now);
  if (!mine.length && !now && box.dataset.any) said.push(words.saved);
  if (others) said.push(words.others);
  box.hidden = !said.length;
  box.textContent = said.join(" ");
  if (mine.length && box.dataset.never) box.append(" ", forget(box.dataset.never));
  box.className = mine.length || now ? "outbox outbox--waits" : "outbox";
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

function forget(address) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet";
  button.textContent = words.forget;
  button.addEventListener("click", async () => { await outbox.drop(OWNER, address); location.reload(); });
  return button;
}

// ── Marking by thumb and by keyboard.
let soon;
let pending = Promise.resolve();

function mark(row, status) {
  box.dataset.any = "yes";
  now = "";
  delete box.dataset.never;
  const waiting = keep(row, status).catch(async (fault) => {
    // The button still sends the page as a plain form.
    broken = true;
    now = `${await outbox.sentence(fault)} ${words.unkept}`.trim();
    await show();
  });
  pending = Promise.all([pending, waiting]);
  clearTimeout(soon);
  soon = setTimeout(() => pending.then(outbox.flush), 600);
}

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

function watchMarks() {
  form.addEventListener("change", (event) => {
    const row = event.target.closest(".register__row");
    if (row && event.target.matches('[type="radio"], [data-typed]')) mark(row, event.target.value);
  });
  form.addEventListener("submit", (event) => {
    if (broken) return;
    event.preventDefault();
    if (event.submitter?.name === "rest") {
      for (const row of rows()) {
        if (row.querySelector("input:checked")) continue;
        const chosen = row.querySelector(`[value="${CSS.escape(event.submitter.value)}"]`);
        chosen.checked = true;
        mark(row, chosen.value);
      }
    }
    box.dataset.any = "yes";
    clearTimeout(soon);
    pending.then(outbox.flush);
  });
}

// What waits here is newer than what the page shows, above all when the page comes from this device's own copy.
async function putBack() {
  for (const { member, status, rev } of await outbox.standings(MARKS)) {
    const row = rowOf(member);
    if (!row || Number(row.dataset.rev) >= rev) continue;
    settle([member, status, rev]);
    enter(row, status);
  }
  for (const { address, op, tried, body } of await held()) {
    const row = address === MARKS ? rowOf(body.member) : null;
    if (row && enter(row, body.status) && tried) row.dataset.op = op;
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

if (form && box && window.indexedDB && !document.getElementById("reason")) {
  watchSending();
  watchKeys();
  await moveOld(outbox).catch(() => { /* they stay where they are, and move another time */ });
  const ready = await putBack().then(() => true, () => false);
  if (ready) {
    watchMarks();
    await outbox.flush();
    outbox.timed();
    await show();
    keepPage(form.dataset.worker).catch(() => { /* private windows and old browsers: marks are kept all the same */ });
    document.documentElement.dataset.register = "ready";
  }
}
