// Reads a step aloud with the device's own voices (Web Speech API), sentence by sentence, and shows which one is read. Nothing is
// sent: a voice that needs the network is used only by whoever said yes to it, and that is forgotten when the tab is closed.
// Loaded when somebody presses Listen (coplearn.js); its words come with its bar (pages/listen.html).

const speech = window.speechSynthesis;
const root = document.documentElement;
const tongueOf = (tag) => tag.toLowerCase().split(/[-_]/)[0].replace("cmn", "zh");
const own = tongueOf(root.lang);
// Cantonese is another language than what stands on a page in Chinese.
const speaks = (voice, tongue) => tongueOf(voice.lang) === tongue && !/^zh[-_]hk/i.test(voice.lang);

// ── Sentences. An utterance is kept short, because some browsers stop in the middle of one that takes 15 seconds.
const LONGEST = 160;
const LONGEST_HAN = 48;
const CLAUSE = /[^,;:،؛，；：、—]+[,;:،؛，；：、—]*["”»’』」)）]*\s*/gu;
const SENTENCE = /[^.!?…。！？؟۔]+[.!?…。！？؟۔]*["”»’』」)）]*\s*/gu;

function sentencesOf(text, lang) {
  if (!Intl.Segmenter) return text.match(SENTENCE) ?? [text];
  const found = [];
  let before = ""; // where no space stands between sentences, the next one's opening mark is taken for this one's end
  for (const { segment } of new Intl.Segmenter(lang, { granularity: "sentence" }).segment(text)) {
    const opening = segment.match(/[“‘「『（《]+$/u)?.[0] ?? "";
    found.push(before + segment.slice(0, segment.length - opening.length));
    before = opening;
  }
  return before ? [...found, before] : found;
}

function shortened(sentence) {
  const longest = /\p{Script=Han}/u.test(sentence) ? LONGEST_HAN : LONGEST;
  if (sentence.trim().length <= longest) return [sentence];
  const pieces = [];
  for (const clause of sentence.match(CLAUSE) ?? [sentence]) {
    const last = pieces.at(-1);
    if (last !== undefined && (last + clause).trim().length <= longest) pieces[pieces.length - 1] += clause;
    else pieces.push(clause);
  }
  return pieces;
}

// The pieces of a text with where each begins and ends; together they are the whole text.
export function pieces(text, lang) {
  let at = 0;
  const found = [];
  for (const piece of sentencesOf(text, lang).flatMap(shortened)) {
    const start = at + piece.length - piece.trimStart().length;
    at += piece.length;
    const said = piece.trim();
    if (/[\p{L}\p{N}]/u.test(said)) found.push({ text: said, start, end: start + said.length });
  }
  return found;
}

// ── What is on the page, in the order in which it stands.
const SKIPPED = "[aria-hidden=true], [data-listen], nav, svg, select, textarea, noscript, script, .place, .progress, .actions, "
  + ".sources, .support-line, .content-note a, .trail, .trail__title, .order__here, .order__moves, .listen, [translate=no], button:not(.button--choice)";

const blockOf = (node) => {
  let element = node.parentElement;
  while (getComputedStyle(element).display.startsWith("inline") && !element.matches(".question__number")) element = element.parentElement;
  return element;
};
const isSeen = (element) => element.checkVisibility?.() ?? element.getClientRects().length > 0;

// One block is {element, texts: its text nodes, text, lang, say}; a drawing or a list to choose from has no text nodes.
function blocksOf(scope) {
  const found = [];
  const add = (element, text, lang, say = null) => {
    found.push({ element, texts: [], text, lang, say });
    return found.at(-1);
  };
  const walker = document.createTreeWalker(scope, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (node.matches("svg[role=img]") && isSeen(node)) {
        const title = node.querySelector("title")?.textContent ?? node.getAttribute("aria-label") ?? "";
        if (title && !node.closest(".progress, .actions")) add(node, title, langOf(node));
      } else if (node.matches("select") && isSeen(node) && isFirstOfItsKind(node)) {
        for (const option of node.options) if (option.value && !/^\p{N}+$/u.test(option.text.trim())) add(node, option.dataset.say ?? option.text, langOf(option));
      }
      continue;
    }
    if (!node.data.trim() || node.parentElement.closest(SKIPPED) || !isSeen(node.parentElement)) continue;
    const element = blockOf(node);
    const say = node.parentElement.closest("[data-say]");
    let block = found.at(-1);
    if (!block?.texts.length || block.element !== element || block.say !== say) block = add(element, "", langOf(node.parentElement), say);
    block.texts.push(node);
    block.text += node.data.replace(/\s/g, " ");
  }
  return found;
}

// Of the lists of a matching question one is read: all offer the same.
const isFirstOfItsKind = (select) => select.closest("fieldset")?.querySelector("select") === select;
const langOf = (element) => element.closest("[lang]").lang;

function utterancesOf(scope) {
  return blocksOf(scope).flatMap((block) => {
    const said = block.say ? block.say.dataset.say : block.text;
    return pieces(said, block.lang).map((piece) => ({ ...piece, block, range: block.say ? null : [piece.start, piece.end] }));
  });
}

// ── Showing what is read: as a highlight, which changes nothing in the page, or else as a class of the block.
function rangeOf({ block, range }) {
  const shown = document.createRange();
  if (!block.texts.length || !range) {
    shown.selectNodeContents(block.say ?? block.element);
    return shown;
  }
  let at = 0;
  for (const text of block.texts) {
    const [start, end] = range.map((place) => Math.min(Math.max(place - at, 0), text.length));
    if (range[0] >= at && range[0] <= at + text.length && start < text.length) shown.setStart(text, start);
    if (range[1] > at) shown.setEnd(text, end);
    at += text.length;
  }
  return shown;
}

let marked = null;

function show(utterance) {
  marked?.classList.remove("being-read");
  marked = null;
  CSS.highlights?.delete("being-read");
  if (!utterance) return;
  const { element, texts } = utterance.block;
  if (window.Highlight && CSS.highlights && texts.length) CSS.highlights.set("being-read", new Highlight(rangeOf(utterance)));
  else (marked = element).classList.add("being-read");
  const box = element.getBoundingClientRect();
  const floor = bar.getBoundingClientRect().top;
  if (box.top < 70 || box.bottom > floor) {
    element.scrollIntoView({ block: box.height > floor - 90 ? "start" : "center", behavior: still.matches ? "auto" : "smooth" });
  }
}

// ── The reader: one list of what is to be said, and a place in it.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const scope = document.querySelector("article.step");
let bar = null;
let list = [];
let at = 0;
let state = "off"; // off, speaking, paused, done
let present = null; // held, or some browsers forget it and never say that it ended
let quiet = 0;
let wait = 0;
let heard = new WeakSet();
const store = {
  get: (name) => { try { return sessionStorage.getItem(`listen-${name}`); } catch { return null; } },
  set: (name, value) => { try { sessionStorage.setItem(`listen-${name}`, value); } catch { /* not kept */ } },
};
const part = (name) => bar.querySelector(`[data-part="${name}"]`);

function voicesFor(tongue) {
  const agreed = store.get("agreed") === "yes";
  return speech.getVoices().filter((voice) => speaks(voice, tongue) && (voice.localService || agreed))
    .sort((a, b) => (b.lang.replace("_", "-") === root.lang) - (a.lang.replace("_", "-") === root.lang) || b.localService - a.localService);
}

function voiceFor(lang) {
  const voices = voicesFor(tongueOf(lang));
  return voices.find((voice) => voice.voiceURI === store.get("voice")) ?? voices[0];
}

function tell(name) {
  for (const one of bar.querySelectorAll("[data-told]")) one.hidden = one.dataset.told !== name;
}

function become(next, told = "") {
  state = next;
  const button = part("toggle");
  button.querySelector("span").textContent = state === "speaking" ? button.dataset.pause : button.dataset.on;
  tell(told);
  clearInterval(quiet);
  quiet = state === "speaking" ? setInterval(watch, 1000) : 0;
}

function silence() {
  present = null;
  clearTimeout(wait);
  speech.cancel();
}

// A voice that fell silent without saying so (it happens) is passed over.
let silent = 0;
function watch() {
  silent = speech.speaking || speech.pending || !present ? 0 : silent + 1;
  if (silent >= 3) onward();
}

function speak() {
  silence();
  silent = 0;
  const utterance = list[at];
  if (!utterance) { finish(); return; }
  const voice = voiceFor(utterance.block.lang);
  if (!voice) { onward(); return; } // what is in a language that the device does not speak is left out
  heard.add(utterance.block.element);
  show(utterance);
  const spoken = new SpeechSynthesisUtterance(utterance.text.replace(/[\u2066-\u2069]/g, "").replace(/ +/g, " "));
  spoken.voice = voice;
  spoken.lang = voice.lang;
  spoken.rate = Number(part("speed").value) || 1;
  spoken.addEventListener("end", () => { if (present === spoken) onward(); });
  spoken.addEventListener("error", (event) => {
    if (present !== spoken || event.error === "canceled" || event.error === "interrupted") return;
    silence();
    become("paused", event.error === "not-allowed" ? "press" : "failed");
  });
  present = spoken;
  become("speaking");
  // Right after a cancel some browsers lose what is said.
  wait = setTimeout(() => speech.speak(spoken), 50);
}

function onward() {
  present = null;
  if (root.hidden || state !== "speaking") { silence(); return; } // leaving quickly
  at += 1;
  speak();
}

function turn(by) {
  at = Math.min(Math.max(at + by, 0), list.length - 1);
  if (state === "paused") show(list[at]);
  else speak();
}

// ── At the end: the step's own next button, pressed from the bar.
const nextControl = () => [...scope.querySelectorAll(".actions .button--primary, a[rel=next]")].find(isSeen);

function finish() {
  show(null);
  become("done", "done");
  const control = nextControl();
  part("next").hidden = !control;
  if (control) part("next").textContent = (control.querySelector("span") ?? control).textContent.trim();
}

function goOn() {
  const control = nextControl();
  if (!control) return;
  goesOn();
  control.click();
}

// The page that follows within a minute is read as well; later nobody expects a voice.
const goesOn = () => store.set("goes-on", String(Date.now()));

// An answer that was checked brings its reason, and perhaps the next question: what is new is read.
function readNew() {
  if (state !== "done") return;
  const found = utterancesOf(scope);
  const first = found.findIndex((one) => !heard.has(one.block.element));
  if (first < 0) return;
  [list, at] = [found, first];
  speak();
}

function begin(target = null) {
  list = utterancesOf(scope);
  const first = target ? list.findIndex((one) => target.contains(one.block.element)) : 0;
  at = Math.max(first, 0);
  heard = new WeakSet(list.slice(0, at).map((one) => one.block.element));
  speak();
}

function toggle() {
  if (state === "speaking") { silence(); become("paused"); return; }
  if (state === "paused" && list.length) speak();
  else begin();
}

export function stop() {
  if (!bar || bar.hidden) return;
  silence();
  show(null);
  become("off");
  bar.hidden = true;
  root.classList.remove("is-listening");
  document.querySelector("[data-listen]")?.focus();
}

function fillVoices() {
  const select = part("voice");
  const voices = voicesFor(own);
  select.replaceChildren(...voices.map((voice) => new Option(voice.name, voice.voiceURI, false, voice === voiceFor(root.lang))));
  select.closest("label").hidden = voices.length < 2;
}

function make(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  document.querySelector("main").append(holder.content);
  bar = document.getElementById("listen");
  const deeds = {
    toggle, stop, next: goOn,
    back: () => turn(-1),
    forward: () => turn(1),
    agree: () => { store.set("agreed", "yes"); fillVoices(); begin(); },
  };
  bar.addEventListener("click", (event) => deeds[event.target.closest("[data-part]")?.dataset.part]?.());
  part("speed").value = store.get("speed") ?? "1";
  for (const name of ["speed", "voice"]) {
    part(name).addEventListener("change", (event) => {
      store.set(name, event.target.value);
      if (state === "speaking") speak();
    });
  }
  scope.addEventListener("submit", () => { if (state === "speaking" || state === "done") goesOn(); });
  for (const link of document.querySelectorAll("[data-quick-exit]")) link.addEventListener("click", silence);
  window.addEventListener("pagehide", silence);
  let soon = 0;
  new MutationObserver(() => { clearTimeout(soon); soon = setTimeout(readNew, 300); })
    .observe(scope, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden"] });
}

// Opens the bar and begins to read; ``isAgain`` where the page before was read too.
export function open(html, isAgain = false) {
  if (!bar) make(html);
  bar.hidden = false;
  root.classList.add("is-listening");
  fillVoices();
  const target = isAgain && location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (voicesFor(own).length) begin(target);
  else become("paused", speech.getVoices().some((voice) => speaks(voice, own)) ? "ask" : "failed");
  if (!isAgain) part("toggle").focus({ preventScroll: true });
}
