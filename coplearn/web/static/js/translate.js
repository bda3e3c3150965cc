// Comforts over the translators' editor, which works without them: signs to insert, a preview that follows what is typed,
// a draft that is kept by itself, and keys. Words come from the page.

const form = document.querySelector("[data-editor]");
const fields = [...form.querySelectorAll("textarea")];
const kept = document.getElementById("kept");
let last = fields[0];
let saved = text();
let drafted = saved;
let leaving = false;

function text() { return JSON.stringify(fields.map((field) => field.value)); }

function send(address, extra = {}, options = {}) {
  const data = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(extra)) data.set(name, value);
  return fetch(address, { method: "POST", body: data, credentials: "same-origin", ...options });
}

function hold(extra, options) {
  const data = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, rev: "0", ...extra });
  return fetch(form.dataset.draft, { method: "POST", body: data, credentials: "same-origin", ...options }).catch(() => {});
}

// ── Inserting: at the cursor of the field that had it last, as one step that can be undone.
function insert(piece) {
  last.focus();
  if (!document.execCommand("insertText", false, piece)) {
    last.setRangeText(piece, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function fill(field, value) {
  field.focus();
  field.select();
  last = field;
  insert(value);
}

function copySource() {
  const link = form.querySelector("[data-copy]");
  const { source, plural } = link.dataset;
  fields.forEach((field, number) => fill(field, plural && number ? plural : source));
}

// ── The preview: asked for when typing rests; an answer that comes late is not shown.
let asked = 0;
let waiting = 0;

async function refresh() {
  const turn = ++asked;
  const answer = await send(form.dataset.preview).catch(() => null);
  if (!answer || !answer.ok || turn !== asked) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (turn !== asked) return;
  for (const id of text() === saved ? ["preview"] : ["preview", "findings"]) {
    const fresh = part.getElementById(id);
    const old = document.getElementById(id);
    if (fresh && old && fresh.innerHTML !== old.innerHTML) old.replaceChildren(...document.adoptNode(fresh).childNodes);
  }
  showHere();
}

// Only the frame is scrolled; the page stays where the person is.
function showHere() {
  const frame = document.getElementById("preview");
  const here = document.getElementById("here");
  if (!here) return;
  const away = here.getBoundingClientRect().top - frame.getBoundingClientRect().top;
  frame.scrollTop += away - frame.clientHeight / 3;
}

function typed() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 450);
}

// ── The draft: kept a few seconds after a change, and when the page is left.
async function keepDraft() {
  const now = text();
  if (now === drafted || leaving) return;
  const answer = await send(form.dataset.draft).catch(() => null);
  const ok = Boolean(answer?.ok);
  if (ok) drafted = now;
  kept.textContent = ok ? form.dataset.kept : form.dataset.lost;
}

function leave() {
  const changed = text() !== drafted && !leaving;
  if (changed) send(form.dataset.draft, { leave: "yes" }, { keepalive: true }).catch(() => {});
  else hold({ leave: "yes" }, { keepalive: true });
}

// ── Keys: each has a button or a link of its own, and they can be switched off.
const off = document.getElementById("keys-off");
const KEY = "translate-keys-off";
const stored = () => { try { return localStorage.getItem(KEY) === "yes"; } catch { return false; } };

function press(name) {
  const found = document.querySelector(`[data-key="${name}"]`);
  if (found) found.click();
  return Boolean(found);
}

function onKey(event) {
  if (off.checked || event.isComposing) return;
  const inField = fields.includes(document.activeElement);
  const isTyping = document.activeElement?.matches("input, textarea, select");
  const ctrl = event.ctrlKey || event.metaKey;
  let done = false;
  if (ctrl && event.key === "Enter") done = event.shiftKey ? press("review") : press("next");
  else if (event.altKey && event.key === "PageDown") done = press("following");
  else if (event.altKey && event.key === "PageUp") done = press("previous");
  else if (ctrl && !event.altKey && event.code === "KeyE") { last.focus(); done = true; }
  else if (ctrl && !event.altKey && event.code === "KeyO" && inField) { copySource(); done = true; }
  else if (event.key === "?" && !isTyping && !ctrl) done = press("guide");
  if (done) event.preventDefault();
}

// ── Begin.
for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
for (const field of fields) field.addEventListener("focus", () => { last = field; });
form.addEventListener("input", (event) => { if (fields.includes(event.target)) typed(); });
form.addEventListener("submit", () => { leaving = true; });
addEventListener("pageshow", () => { leaving = false; });
document.addEventListener("click", (event) => {
  const key = event.target.closest("[data-insert]");
  if (key) { insert(key.dataset.insert); return; }
  const chip = event.target.closest("[data-chip]");
  if (chip) { insert(chip.textContent); return; }
  if (event.target.closest("[data-copy]")) { event.preventDefault(); copySource(); return; }
  const filler = event.target.closest("[data-fill]");
  if (filler) { event.preventDefault(); fill(fields[0], filler.dataset.fill); return; }
  const link = event.target.closest("#preview a");
  if (link) event.preventDefault();
});
document.querySelector('[name="do"][value="show"]').addEventListener("click", (event) => {
  event.preventDefault();
  refresh().then(() => document.getElementById("preview").scrollIntoView({ block: "nearest" }));
});
off.checked = stored();
off.addEventListener("change", () => { try { localStorage.setItem(KEY, off.checked ? "yes" : "no"); } catch { /* not kept */ } });
document.addEventListener("keydown", onKey);
addEventListener("pagehide", leave);
setInterval(keepDraft, 4000);
setInterval(() => { if (!document.hidden) hold({}); }, 120_000);
hold({});
refresh();
