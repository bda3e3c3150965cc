// Slides of a module: on the projector, and on the speaker's page, which is a remote control. All of them are in the page, so that it
// goes on without a network; steps, hands and votes are told to the server whenever it answers.

const deck = document.getElementById("deck");
const SPEAKS = deck.dataset.mode === "speaker";
const LANG = document.documentElement.lang;
const number = new Intl.NumberFormat(LANG);
const slides = [...deck.querySelectorAll(".slide")];
const token = deck.querySelector("[name=csrf_token]").value;
const at = deck.querySelector(".deck__at");
const EVERY = 1500, SLOWEST = 12000, LARGEST = 6.4, SMALLEST = 1.1;
const LONGEST = 12 * 3600 * 1000;

let slide = slides[0], stage = 0, rev = Number(deck.dataset.rev ?? 0), counts = {}, shown = SPEAKS;
let told = true, busy = false, wait = EVERY;
const before = [];

// ── Where one slide leads, and what it has to show.
const find = (id) => slides.find((one) => one.id === id);
const options = (one) => [...one.querySelectorAll(".slide__option")];
const stages = (one) => [0, ...(one.dataset.question ? [1] : []), ...(one.querySelector(".slide__answer") ? [2] : [])];

function votes(one, option) {
  const ways = Object.values(counts[one.dataset.question] ?? {});
  return ways.reduce((sum, way) => sum + (way[option] ?? 0), 0);
}

function following(one) {
  const ways = options(one).filter((option) => option.querySelector(".slide__go"));
  if (ways.length) {
    const most = ways.reduce((best, way) => votes(one, way.dataset.option) > votes(one, best.dataset.option) ? way : best);
    return find(most.querySelector(".slide__go").hash.slice(1));
  }
  if (one.dataset.next) return find(one.dataset.next);
  return slides.slice(slides.indexOf(one) + 1).find((other) => !("aside" in other.dataset));
}

function go(other, toStage = 0, local = true) {
  if (!other) return;
  if (other !== slide) { before.push(slide); slide = other; }
  stage = toStage;
  show();
  if (local) tell();
}

function on() {
  const more = stages(slide).find((one) => one > stage);
  if (more !== undefined) go(slide, more); else go(following(slide));
}

function back() {
  const less = stages(slide).filter((one) => one < stage).pop();
  if (less !== undefined) { go(slide, less); return; }
  const earlier = before.pop() ?? slides.slice(0, slides.indexOf(slide)).filter((one) => !("aside" in one.dataset)).pop();
  if (!earlier) return;
  slide = earlier; stage = 0;
  show();
  tell();
}

// ── What is seen.
function show() {
  if (!shown) return;
  for (const one of slides) one.hidden = one !== slide;
  slide.dataset.stage = stage;
  const last = slides.filter((one) => !("aside" in one.dataset));
  const place = last.filter((one) => slides.indexOf(one) <= slides.indexOf(slide)).length;
  at.textContent = `${number.format(place)} / ${number.format(last.length)}`;
  const answer = slide.querySelector(".slide__answer");
  if (answer) { answer.open = stage === 2; answer.hidden = !SPEAKS && stage < 2; }
  draw();
  if (SPEAKS) speak(); else { fit(); slide.focus({ preventScroll: true }); }
}

function draw() {
  const all = options(slide), seen = SPEAKS || stage >= 1;
  const most = Math.max(1, ...all.map((one) => votes(slide, one.dataset.option)));
  for (const one of all) {
    const people = votes(slide, one.dataset.option);
    one.querySelector(".slide__votes").hidden = !seen;
    one.querySelector(".slide__fill").style.inlineSize = `${100 * people / most}%`;
    one.querySelector(".slide__count").textContent = number.format(people);
    const right = "right" in one.dataset && stage === 2;
    one.classList.toggle("slide__option--right", right);
    one.querySelector(".slide__right").hidden = !right;
    const field = one.querySelector("[data-hands]"), hands = counts[slide.dataset.question]?.hands?.[one.dataset.option];
    // What cannot be counted stays as it was typed, beside the sentence that says so.
    if (document.activeElement !== field && !field.matches("[aria-invalid]")) field.value = hands ?? "";
  }
}

// As large as the screen allows: what would not fit gets smaller letters, and scrolls only when it would be too small to read.
function fit() {
  const body = slide.querySelector(".slide__body");
  let size = LARGEST;
  do {
    body.style.setProperty("--fit", `${size}vmin`);
    size -= .2;
  } while (size > SMALLEST && (body.scrollHeight > body.clientHeight + 1 || body.scrollWidth > body.clientWidth + 1));
}

const clock = deck.querySelector(".deck__clock");

function speak() {
  const other = following(slide), next = deck.querySelector(".deck__next");
  next.hidden = !other;
  if (other) next.querySelector("p").textContent = other.querySelector(".slide__body").textContent.trim().replace(/\s+/g, " ").slice(0, 160);
  const total = counts[slide.dataset.question]?.phone?.[""] ?? 0, line = deck.querySelector(".deck__votes");
  line.hidden = !slide.dataset.question;
  line.textContent = deck.dataset.votes.replace("{count}", number.format(total));
  tick();
}

function tick() {
  const used = Math.floor((Date.now() - Date.parse(deck.dataset.began)) / 60000);
  const all = Number(deck.dataset.minutes), left = Number(slide.dataset.until) - used;
  clock.hidden = false;
  const said = clock.dataset.words.replace("{used}", number.format(Math.max(0, used))).replace("{all}", number.format(all));
  const step = left >= 0 ? clock.dataset.left.replace("{left}", number.format(left)) : clock.dataset.late.replace("{late}", number.format(-left));
  clock.textContent = `${said} · ${step}`;
  clock.classList.toggle("deck__clock--late", left < 0);
}

// ── Between the screens: windows of one browser at once, everything else through the server.
const wire = deck.dataset.run && "BroadcastChannel" in window ? new BroadcastChannel(`slides:${deck.dataset.run}`) : null;
wire?.addEventListener("message", ({ data }) => {
  if (data.counts) { counts = data.counts; draw(); return; }
  const other = find(data.slide);
  if (other) go(other, data.stage, false);
});

async function ask(address, body) {
  const answer = await fetch(address, {
    credentials: "same-origin", cache: "no-store", method: body ? "POST" : "GET",
    headers: body ? { "Content-Type": "application/json", "X-CSRFToken": token } : {}, body: body && JSON.stringify(body),
  });
  const told = !answer.redirected && answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
  // A network that wants to be signed in to answers too.
  if (!answer.ok || !Number.isInteger(told?.rev)) throw Object.assign(new Error("no answer of ours"), { refused: told?.refused });
  return told;
}

function heard(state) {
  counts = { ...state.counts };
  for (const [question, typed] of Object.entries(hands())) counts[question] = { ...counts[question], hands: typed };
  if (told && state.rev > rev && find(state.slide)) { rev = state.rev; go(find(state.slide), state.stage, false); }
  else { rev = Math.max(rev, state.rev); draw(); if (SPEAKS) speak(); }
  if (state.over) wait = Infinity;
}

// That the network is away, or why the site did not take it.
const NO_NETWORK = deck.querySelector(".deck__lost").textContent;
function lost(is, why) { for (const one of deck.querySelectorAll(".deck__lost")) Object.assign(one, { hidden: !is, textContent: why ?? NO_NETWORK }); }

async function tell() {
  wire?.postMessage({ slide: slide.id, stage });
  if (!deck.dataset.state) return;
  told = false;
  if (busy) return;
  await exchange();
}

async function exchange() {
  busy = true;
  let hand = null;
  try {
    if (!told) {
      const sent = [slide.id, stage];
      const state = await ask(deck.dataset.state, { slide: slide.id, stage });
      rev = Math.max(rev, state.rev);
      told = sent[0] === slide.id && sent[1] === stage;
      heard(state);
    } else if (Object.keys(hands()).length) {
      [hand] = Object.entries(hands());
      const state = await ask(deck.dataset.hands, { question: hand[0], counts: hand[1] });
      keep(hand[0], null, hand[1]);
      heard(state);
    } else heard(await ask(deck.dataset.state));
    lost(false);
    if (wait !== Infinity) wait = EVERY;
  } catch ({ refused }) {
    lost(true, refused);
    // What the site refuses it refuses again.
    if (refused && hand) keep(hand[0], null, hand[1]); else if (refused) told = true; else wait = Math.min(wait * 1.5, SLOWEST);
  }
  busy = false;
  if (!told && wait === EVERY) await exchange();
}

const began = Date.now();
async function look() {
  if (wait === Infinity || Date.now() - began > LONGEST) return;
  if (!busy && !document.hidden) await exchange();
  setTimeout(look, wait);
}

// ── Raised hands. What was typed waits on this device until the server has it.
const PLACE = `hands:${deck.dataset.run}`;
let waiting = {};
try { waiting = JSON.parse(localStorage.getItem(PLACE) ?? "{}"); } catch { /* a private window keeps nothing */ }
const hands = () => waiting;

function keep(question, typed, sent) {
  if (typed) waiting[question] = typed;
  else if (JSON.stringify(waiting[question]) === JSON.stringify(sent)) delete waiting[question];
  if (!deck.dataset.run) return;
  try {
    if (Object.keys(waiting).length) localStorage.setItem(PLACE, JSON.stringify(waiting)); else localStorage.removeItem(PLACE);
  } catch { /* likewise */ }
}

// The number in a field, in the digits of whichever script; null for what is none, or more than a hall holds.
function people(field) {
  const typed = field.value.trim().normalize("NFKC").replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (one) => one.charCodeAt(0) & 15);
  return /^\d{0,5}$/.test(typed) && Number(typed) <= Number(deck.dataset.most) ? Number(typed) : null;
}

function judge(field) {
  const wrong = people(field) === null, id = `wrong-${field.dataset.hands}`;
  let line = field.closest("li").querySelector(".slide__wrong");
  if (!wrong) { line?.remove(); field.removeAttribute("aria-invalid"); return; }
  if (line) return;
  line = Object.assign(document.createElement("p"), { className: "slide__wrong", id, textContent: deck.dataset.wrong });
  line.setAttribute("role", "alert");
  field.closest("label").after(line);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", id);
}

deck.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-hands]")) return;
  judge(target);
  const one = target.closest(".slide"), typed = {};
  for (const field of one.querySelectorAll("[data-hands]")) {
    const number = people(field);
    if (number !== null) typed[field.dataset.hands] = number;
  }
  counts[one.dataset.question] = { ...counts[one.dataset.question], hands: typed };
  if (deck.dataset.run) keep(one.dataset.question, typed);
  draw();
  wire?.postMessage({ counts });
});

// ── Opening and closing, keys and buttons.
function open() {
  shown = true;
  document.documentElement.classList.add("is-presenting");
  deck.querySelector(".deck__bar").hidden = false;
  if (document.fullscreenEnabled && !document.fullscreenElement) deck.requestFullscreen().catch(() => { /* the window will do */ });
  show();
  tell();
}

function close() {
  shown = false;
  document.documentElement.classList.remove("is-presenting", "is-blank");
  deck.querySelector(".deck__bar").hidden = true;
  for (const one of slides) { one.hidden = false; const answer = one.querySelector(".slide__answer"); if (answer) answer.hidden = false; }
  if (document.fullscreenElement) document.exitFullscreen();
}

function handsShown() {
  const are = deck.classList.toggle("deck--hands");
  deck.querySelector("[data-do=hands]")?.setAttribute("aria-pressed", are);
  show();
}

const DOES = { on, back, close, hands: handsShown };
deck.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]"), link = event.target.closest(".slide__go");
  if (button) DOES[button.dataset.do]();
  if (link && shown) { event.preventDefault(); go(find(link.hash.slice(1))); }
});

const RTL = document.documentElement.dir === "rtl";
const KEYS = {
  ArrowRight: () => RTL ? back() : on(), ArrowLeft: () => RTL ? on() : back(), ArrowDown: on, ArrowUp: back, PageDown: on, PageUp: back,
  " ": on, Home: () => go(slides[0]), End: () => go(slides.at(-1)),
  f: () => document.fullscreenElement ? document.exitFullscreen() : deck.requestFullscreen?.(),
  b: () => document.documentElement.classList.toggle("is-blank"), h: handsShown,
};

addEventListener("keydown", (event) => {
  if (!shown || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea")) return;
  if (event.key === " " && event.target.closest?.("button, a, summary")) return;
  if (event.key === "Escape" && !SPEAKS) { close(); return; }
  const chosen = /^[1-9]$/.test(event.key) && options(slide)[event.key - 1]?.querySelector(".slide__go");
  const does = chosen ? () => go(find(chosen.hash.slice(1))) : KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!does || (SPEAKS && ["f", "b"].includes(event.key.toLowerCase()))) return;
  event.preventDefault();
  does();
});
addEventListener("resize", () => { if (shown && !SPEAKS) fit(); });

if (find(deck.dataset.slide)) { slide = find(deck.dataset.slide); stage = Number(deck.dataset.stage); }
if (SPEAKS) {
  deck.classList.add("deck--live", "deck--hands");
  deck.querySelector(".deck__remote").hidden = false;
  show();
  setInterval(tick, 10000);
} else {
  const begin = document.getElementById("deck-begin");
  begin.hidden = false;
  begin.addEventListener("click", open);
}
if (deck.dataset.state) look();
document.documentElement.dataset.deck = "ready";
