// The program of an exported course: shows its steps one at a time, and keeps place, results and language in what the platform keeps.
// It stands in one scope with step.js and with one of the records (scorm12.js, cmi5.js). It sends nothing by itself and loads nothing
// but its own files.

const root = document.documentElement, languages = root.dataset.languages.split(" ");
const parts = new Map(), waiting = new Map(), record = recordOfPlatform();
let course = null, language = "", place = "contents", steps = {}, shownStep = "contents", later = 0, turn = 0, back = "", line = Promise.resolve();

// ── Its own files: each calls coplearnPart once, with the name that was asked for.
window.coplearnPart = (name, content) => { waiting.get(name)?.(content); waiting.delete(name); };

function load(name) {
  if (!parts.has(name)) {
    parts.set(name, new Promise((resolve, reject) => {
      waiting.set(name, resolve);
      const script = document.createElement("script");
      script.src = `content/${name}.js`;
      script.addEventListener("error", () => { parts.delete(name); reject(new Error(name)); });
      document.head.append(script);
    }));
  }
  return parts.get(name);
}

// ── What was done, as short as it may be: of each step by its code whether it is done (1) and passed (2), tries, points, and what was
// said or chosen.
function packed(withChoices = true) {
  const rows = Object.entries(steps).map(([code, one]) => {
    const chosen = withChoices ? (one.moves ?? one.said ?? []).join(",") : "";
    const row = [(one.done ? 1 : 0) + (one.passed ? 2 : 0), one.tries ?? 0, one.score ?? -1, chosen];
    while (row.length > 1 && [0, -1, ""].includes(row.at(-1))) row.pop();
    return [code, row];
  });
  return JSON.stringify({ v: 1, l: language, s: Object.fromEntries(rows) });
}

function unpacked(text) {
  let found = {};
  try { found = JSON.parse(text || "{}"); } catch { /* begun by another package: nothing of it is ours */ }
  if (found?.v !== 1 || typeof found.s !== "object") return "";
  for (const [code, row] of Object.entries(found.s ?? {})) {
    if (!Array.isArray(row)) continue;
    const [flags, tries = 0, score = -1, chosen = ""] = row, list = String(chosen).split(",").filter(Boolean);
    steps[code] = { done: flags & 1, passed: flags & 2, tries, score: score < 0 ? null : score, moves: list, said: list };
  }
  return languages.includes(found.l) ? found.l : "";
}

// How it stands, by the site's own law: all needed steps are done; every check is passed once; the mean of the best results, rounded down.
function standing() {
  const needed = course.steps.filter((step) => step.needed), checks = needed.filter((step) => step.check);
  const points = checks.map(({ code }) => steps[code]?.score ?? null), done = needed.filter(({ code }) => steps[code]?.done).length;
  return {
    complete: done === needed.length,
    passed: checks.length ? checks.every(({ code }) => steps[code]?.passed) : null,
    score: points.some((one) => one !== null) ? Math.floor(points.reduce((sum, one) => sum + (one ?? 0), 0) / checks.length) : null,
    done,
    share: needed.length ? done / needed.length : 1,
  };
}

function notice(word) {
  const line = document.getElementById("record");
  line.textContent = line.dataset[word] ?? "";
  line.hidden = !line.textContent;
  line.dataset.now = word;
}

// One after the other: nothing is told twice, and nothing older after something newer.
function save() {
  line = line.then(write);
  return line;
}

async function write() {
  clearTimeout(later);
  const text = packed(), whole = text.length <= record.longest ? text : packed(false);
  const good = await record.save({ place, suspended: whole, ...standing() });
  const now = document.getElementById("record").dataset.now;
  if (!good) {
    notice("unsaved");
    later = setTimeout(save, 15_000);
  } else if (now === "unsaved") notice("");
}

// ── Views: the list of steps, help, and each step.
const digits = (number) => String(number).replace(/\d/g, (digit) => [...course.digits][digit]);

function markDone() {
  const { done, complete } = standing(), main = document.getElementById("main");
  for (const line of main.querySelectorAll("li[data-item]")) {
    if (!steps[line.dataset.item]?.done) continue;
    line.classList.add("item--done");
    line.querySelector("[data-done-word]").hidden = false;
  }
  main.querySelector("[data-progress]").textContent = course.progress.replace("{done}", digits(done));
  main.querySelector("[data-complete]").hidden = !complete;
}

async function note(code, { done, passed, score = null, ...changes }) {
  const before = steps[code] ?? {};
  const best = Math.max(before.score ?? -1, score ?? -1);
  steps[code] = { ...before, ...changes, done: Boolean(before.done || done), passed: Boolean(before.passed || passed), score: best < 0 ? null : best };
  await save();
}

async function viewOf(name) {
  const step = course.steps.find((one) => one.code === name);
  if (!step) return { name: course.views[name] ? name : "contents" };
  return { name, step, html: (await load(`${language}-${step.module}`))[name] };
}

async function show(name, focus = true) {
  const own = turn += 1, view = await viewOf(name), main = document.getElementById("main");
  if (own !== turn) return;
  main.innerHTML = view.html ?? course.views[view.name];
  shownStep = view.name;
  if (view.step) {
    [place, root.dataset.step] = [view.name, view.name];
    const form = main.querySelector("form");
    if (form) {
      play(form, {
        has: async () => steps[view.name] ?? {},
        note: (changes) => note(view.name, changes),
        keep: async () => true,
        tell: () => {},
        go: () => { location.hash = form.dataset.onward; },
        again: () => show(view.name),
      });
    }
    await save();
  } else if (view.name === "contents") markDone();
  const today = new Date().toISOString().slice(0, 10);
  for (const line of main.querySelectorAll("[data-until]")) if (line.dataset.until < today) line.remove();
  for (const link of main.querySelectorAll('a[href^="http"]')) Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
  document.title = main.querySelector(".place")?.textContent || course.title;
  const title = main.querySelector("h1");
  title.tabIndex = -1;
  if (focus) {
    title.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}

async function speak(chosen) {
  course = await load(chosen);
  language = chosen;
  [root.lang, root.dir] = [course.lang, course.dir];
  const now = document.getElementById("record")?.dataset.now;
  document.body.innerHTML = course.shell;
  if (now) notice(now);
  const leave = document.getElementById("leave");
  if (/^https?:/.test(back)) [leave.href, leave.hidden] = [back, false];
}

function wished(ofPlatform) {
  for (const wish of [ofPlatform, ...navigator.languages]) {
    const found = languages.find((one) => one.toLowerCase() === String(wish).toLowerCase())
      ?? languages.find((one) => String(wish).toLowerCase().split(/[-_]/)[0] === one.toLowerCase().split("-")[0]);
    if (wish && found) return found;
  }
  return languages[0];
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-language], a.skip");
  if (!link) return;
  event.preventDefault();
  if (!link.dataset.language) { document.getElementById("main").focus(); return; }
  await speak(link.dataset.language);
  await show(shownStep);
  await save();
});
window.addEventListener("hashchange", () => show(location.hash.slice(1)));
window.addEventListener("pagehide", () => record.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && course) save(); });

async function start() {
  const found = await record.open();
  const known = unpacked(found.suspended);
  back = found.back ?? "";
  await speak(known || wished(found.language));
  if (!found.heard) notice("unheard");
  await show(location.hash.slice(1) || found.place || "contents", false);
}
start();
