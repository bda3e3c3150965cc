// A step of a course answered on a page that has all of it: stories walked, checks scored, reasons opened. Where what was done is
// kept, and where the way leads, is said by whoever plays it (kept-step.js on a phone; the program of an exported course).

const APART = "\uf8ff";
let form = null, ports = null;

// Play the form of one step. "has" is what was noted of it, "note" keeps more, "keep" hands an answer over and says whether that
// went well, "tell" says one of the page's sentences, "go" leads on, "again" begins the step anew.
export function play(played, given) {
  [form, ports] = [played, given];
  watch();
}

function fieldsOf(pressed) {
  const fields = {};
  const given = [...new FormData(form), ...(pressed?.name ? [[pressed.name, pressed.value]] : [])];
  for (const [name, value] of given) if (name !== "seed") (fields[name] ??= []).push(value);
  return fields;
}

// ── A plain step: a lesson, an action, whatever has a form.
async function showSaid() {
  const { said = [] } = await ports.has();
  for (const line of form.querySelectorAll("[data-told]")) line.hidden = !said.includes(line.dataset.told);
}

async function sendPlain(pressed) {
  if (!form.reportValidity()) return;
  const fields = fieldsOf(pressed);
  if (!await ports.keep({ fields })) return;
  const said = Object.entries(fields).flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
  await ports.note({ done: Date.now(), said });
  await showSaid();
  ports.go();
}

// ── The law of a story, the same as the site's: choices under conditions, what they change, and where they lead.
export const BACK = ":back", RESTART = ":restart";
const holds = (condition, states) => Object.entries(condition).every(([name, values]) => values.includes(states[name]));
export const begin = (law) => ({ scene: law.start, states: { ...law.states } });
export const offered = (law, here) => law.scenes[here.scene].choices.filter((choice) => holds(choice.when, here.states));
export const shown = (law, here) => Object.values(law.scenes[here.scene].texts)
  .map((texts) => texts.find(([, when]) => holds(when, here.states))?.[0]).filter(Boolean);

export function after(law, here, choice) {
  const states = { ...here.states, ...choice.sets };
  return { scene: choice.ways.find(([, when]) => holds(when, states))[0], states };
}

// The situations passed, each with the choice taken there, and the one arrived at; what a story does not offer (any more) is no move.
export function walk(law, moves) {
  let passed = [], here = begin(law);
  for (const move of moves) {
    const choice = passed.length < law.longest && offered(law, here).find((one) => one.id === move);
    if (move === RESTART) [passed, here] = [[], begin(law)];
    else if (move === BACK) here = passed.pop()?.here ?? here;
    else if (choice) [passed, here] = [[...passed, { here, choice }], after(law, here, choice)];
  }
  return { passed, here };
}

// The words of an element, with the language that they are in.
function saidAs(element, from) {
  element.textContent = from.textContent;
  for (const name of ["lang", "dir"]) if (from.hasAttribute(name)) element.setAttribute(name, from.getAttribute(name));
  return element;
}

const sceneOf = (id) => form.querySelector(`[data-scene="${id}"]`);
const buttonOf = (scene, move) => scene.querySelector(`button[name="choice"][value="${move}"]`);

function showScene(law, { passed, here }) {
  const ways = offered(law, here).map((choice) => choice.id), full = passed.length >= law.longest;
  const texts = shown(law, here), scene = sceneOf(here.scene);
  for (const other of form.querySelectorAll("[data-scene]")) other.hidden = other !== scene;
  for (const text of scene.querySelectorAll("[data-text]")) text.hidden = !texts.includes(text.dataset.text);
  for (const title of scene.querySelectorAll("[data-title]")) {
    title.hidden = title.parentElement.children.length > 1 && (title.dataset.title === "first") !== !passed.length;
  }
  for (const asked of scene.querySelectorAll("[data-asked]")) asked.hidden = (asked.dataset.asked === "decide") !== ways.length > 1;
  for (const button of scene.querySelectorAll('button[name="choice"]')) button.hidden = full || !ways.includes(button.value);
  buttonOf(form, BACK).hidden = !passed.length;
  buttonOf(form, RESTART).hidden = !full && law.scenes[here.scene].end === null;
  const intro = form.querySelector("[data-intro]"), trail = form.querySelector("[data-trail]");
  if (intro) intro.hidden = passed.length > 0;
  trail.hidden = !passed.length;
  trail.querySelector("ol").replaceChildren(...passed.map((step) => {
    const from = buttonOf(sceneOf(step.here.scene), step.choice.id), line = document.createElement("li");
    line.className = "trail__step";
    return saidAs(line, from);
  }));
  return scene;
}

async function tellStory() {
  const law = JSON.parse(document.getElementById("kept-law").content.textContent);
  let { moves = [] } = await ports.has();
  showScene(law, walk(law, moves));
  return async (pressed) => {
    if (!pressed) return;
    const before = walk(law, moves).here;
    moves = pressed.value === RESTART ? [] : [...moves, pressed.value];
    const now = walk(law, moves);
    showScene(law, now).focus();
    const ended = law.scenes[now.here.scene].end !== null;
    ports.tell("");
    // It is handed over before it is noted as done: whatever stops the page in between, the last choice is made once more.
    if (ended && before.scene !== now.here.scene && !await ports.keep({ steps: now.passed.map(({ choice }) => ({ choice: [choice.id] })) }, form.dataset.item)) return;
    await ports.note({ moves, ...(ended && { done: Date.now() }) });
  };
}

// ── A check. Each question's feedback is closed with keys that come from the answers; whoever gives one can open it.
const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
const NOTHING = new Uint8Array();

async function derived(salt, text) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(text), "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: NOTHING };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 192));
}

async function opened(key, closed) {
  const made = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, made, closed));
}

// The same of feedback that a page carries open, because nobody scores again: each part of the answer is said once.
function looked(open, said) {
  const { answers, ...told } = JSON.parse(new TextDecoder().decode(bytes(open))), parts = new Set(answers);
  let points = 0;
  for (const one of said) {
    const part = [...parts].find((some) => Object.hasOwn(some, one));
    if (!part) return null;
    parts.delete(part);
    points += part[one];
  }
  return parts.size ? null : { ...told, points: Math.max(0, points) };
}

// The points of what was said, of how many, and the feedback; null where it is no answer to that question.
export async function unseal(sealed, said) {
  if (!sealed.includes(".")) return looked(sealed, said);
  const [salt, pieces, body] = sealed.split(".").map(bytes), key = new Uint8Array(16);
  let points = 0;
  for (const one of said) {
    const made = await derived(salt, one);
    let at = 0;
    while (at < pieces.length && made.subarray(0, 8).some((byte, index) => pieces[at + index] !== byte)) at += 41;
    if (at >= pieces.length) return null;
    const piece = await opened(made.subarray(8), pieces.subarray(at + 8, at + 41));
    points += (piece[0] << 24) >> 24;
    key.forEach((byte, index) => { key[index] = byte ^ piece[index + 1]; });
  }
  return { ...JSON.parse(new TextDecoder().decode(await opened(key, body))), points: Math.max(0, points) };
}

// What was said in a question, control by control; null while something is open.
function saidIn(question) {
  const said = [], groups = new Map(), controls = [...question.querySelectorAll("[name]")];
  for (const { type, name, value, checked } of controls) {
    if (type === "checkbox" || type === "radio") groups.set(name, groups.get(name) || checked);
    if (type === "checkbox") said.push(`${name}${checked ? "=" : "!"}${value}`);
    else if (type !== "radio" || checked) said.push(`${name}=${value.trim()}`);
    if (type !== "checkbox" && type !== "radio") groups.set(name, value.trim() !== "");
  }
  const places = [...question.querySelectorAll("[data-order] select")].map((select) => select.value);
  if (new Set(places).size < places.length || [...groups.values()].includes(false)) return null;
  return question.hasAttribute("data-whole") ? [said.filter((one) => !one.includes("!")).sort().join("\n")] : said;
}

const named = (name) => [...form.elements].filter((control) => control.name === name);

function wordsOf(name, value) {
  const [first] = named(name);
  if (first.tagName !== "SELECT") return inside(named(name).find((one) => one.value === value).closest("label").querySelector("span"));
  return [saidAs(document.createElement("span"), [...first.options].find((one) => one.value === (value ?? first.value)))];
}

const inside = (element) => [...element.cloneNode(true).childNodes];

function labelOf(name) {
  const [control] = named(name);
  return inside((control.labels?.[0] ?? control.closest("li, div").querySelector("label")).firstElementChild);
}

function prune(box, said) {
  for (const part of box.querySelectorAll("[data-if], [data-unless]")) {
    const { if: when, unless } = part.dataset;
    if ((when !== undefined && !said.has(when)) || (unless !== undefined && said.has(unless))) part.remove();
  }
}

function feedback(told, said) {
  const words = document.getElementById("kept-words").content.textContent.split(APART), box = document.createElement("div");
  box.innerHTML = told.html.replace(/[\ue000-\uf8ff]/g, (sign) => words[sign.charCodeAt(0) - 0xe000] ?? "");
  prune(box, new Set([...said, told.points === told.of ? ":right" : told.points ? ":part" : ":wrong"]));
  for (const part of box.querySelectorAll("[data-copy]")) part.replaceChildren(...wordsOf(...part.dataset.copy.split(/=(.*)/s, 2)));
  for (const part of box.querySelectorAll("[data-said]")) part.replaceChildren(...wordsOf(part.dataset.said));
  for (const part of box.querySelectorAll("[data-label]")) part.replaceChildren(...labelOf(part.dataset.label));
  const place = (part) => Number(named(part.dataset.sort)[0].value);
  [...box.querySelectorAll("[data-sort]")].sort((one, other) => place(one) - place(other)).forEach((part) => part.parentElement.append(part));
  for (const more of box.querySelectorAll("details")) {
    const rows = more.querySelectorAll("li").length;
    for (const words of more.querySelectorAll("[data-count]")) words.hidden = (words.dataset.count === "one") !== (rows === 1);
    if (!rows) more.remove();
  }
  return box;
}

const divisor = (one, other) => (other ? divisor(other, one % other) : one);

// The mean of the questions in whole percent, rounded down as the site does it.
export function scoreOf(told) {
  const below = told.reduce((so, { of }) => (so / divisor(so, of)) * of, 1);
  return Math.floor((100 * told.reduce((sum, { points, of }) => sum + points * (below / of), 0)) / (below * told.length));
}

function complain(question) {
  const line = document.createElement("p");
  line.className = "field__error";
  line.id = `${question.id}-open`;
  line.textContent = question.dataset.missing;
  question.querySelector("legend").after(line);
  question.setAttribute("aria-describedby", line.id);
}

function answered(question, told, said) {
  for (const control of question.querySelectorAll("input, select, textarea, button")) control.disabled = true;
  if (!told?.html) return;
  const box = feedback(told, said);
  for (const part of question.children) if (part.tagName !== "LEGEND") part.hidden = true;
  question.append(box);
}

function showResult(score, passed, mayRetry) {
  const result = document.getElementById("result");
  prune(result, new Set([passed ? ":passed" : ":again"]));
  const said = String(score).replace(/\d/g, (digit) => [...result.dataset.digits][digit]), line = result.querySelector("p");
  line.textContent = line.textContent.replace("{score}", said);
  line.id = "result-line";
  result.setAttribute("aria-describedby", line.id);
  result.classList.add(passed ? "result--passed" : "result--again");
  result.querySelector(".ring__done").setAttribute("stroke-dasharray", `${score} 100`);
  result.querySelector(".ring__text").textContent = said;
  if (!passed) result.querySelector(".result__rays").remove();
  const again = result.querySelector("[data-again]"), onward = result.querySelector("[data-next]");
  again.hidden = !mayRetry;
  again.addEventListener("click", () => ports.again());
  if (form.dataset.onward) [onward.href, onward.hidden] = [form.dataset.onward, false];
  result.hidden = false;
  result.focus();
}

async function check(quiz, tries, allowed) {
  const questions = [...quiz.querySelectorAll("fieldset.question")], found = [];
  quiz.querySelectorAll(".field__error").forEach((line) => line.remove());
  let open = null, blind = false;
  for (const question of questions) {
    question.removeAttribute("aria-describedby");
    if (!question.dataset.sealed) { found.push({ question }); continue; }
    const said = saidIn(question);
    let told = null;
    try { told = said && await unseal(question.dataset.sealed, said); } catch { [told, blind] = [{}, true]; }
    if (!told) { complain(question); open ??= question; }
    found.push({ question, said, told });
  }
  if (open) { open.querySelector("input, select, textarea, button")?.focus(); open.scrollIntoView({ block: "start" }); return false; }
  if (!await ports.keep({ fields: fieldsOf() })) return false;
  const scored = found.filter(({ told }) => told?.of).map(({ told }) => told);
  const score = blind ? null : scoreOf(scored), passed = !blind && score >= Number(quiz.dataset.mark);
  await ports.note({ done: Date.now(), tries: tries + 1, ...(passed && { passed }), ...(!blind && { score }) });
  for (const { question, told, said } of found) answered(question, told, said);
  quiz.querySelector('button[type="submit"]').closest("p").hidden = true;
  if (blind) ports.tell("closed");
  else showResult(score, passed, !allowed || tries + 1 < allowed);
  return true;
}

async function askQuiz(quiz) {
  const { tries = 0 } = await ports.has(), allowed = Number(quiz.dataset.tries ?? 0);
  const asked = tries % 2 ? "b" : "a", which = form.elements.asked_form;
  if (which) which.value = asked;
  for (const question of quiz.querySelectorAll("[data-form]")) if (question.dataset.form !== asked) question.remove();
  if (allowed && tries >= allowed) {
    quiz.querySelector("[data-used-up]").hidden = false;
    quiz.querySelector('button[type="submit"]').closest("p").hidden = true;
  }
  let over = false;
  return async () => { over ||= await check(quiz, tries, allowed); };
}

function watch() {
  const quiz = form.querySelector(".kept-quiz");
  const ready = quiz ? askQuiz(quiz) : document.getElementById("kept-law") ? tellStory() : showSaid().then(() => sendPlain);
  let last = null, busy = false;
  form.addEventListener("click", (event) => { last = event.target.closest("button"); }, true);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pressed = event.submitter ?? last;
    if (busy) return;
    busy = true;
    try { await (await ready)(pressed); } finally { busy = false; }
  });
}
