// Search in the courses that are kept on this phone, with no network. Nothing that is typed is kept or sent.
// The index was made by the site's analyser; here words are only brought to how they are spelt in it.

const box = document.querySelector("[data-kept-search]");
const HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff";
const [IS_HAN, BY_HAN] = [new RegExp(`[${HAN}]`), new RegExp(`([${HAN}]+)`)];
const LETTERS = { أ: "ا", إ: "ا", آ: "ا", ٱ: "ا", ى: "ي", ة: "ه", ؤ: "و", ئ: "ي", ё: "е", և: "եւ", œ: "oe", æ: "ae", ß: "ss", ı: "i" };

// A word as the index spells it: no accents on Latin and Greek letters, no Arabic marks, one form of a letter.
export function folded(word) {
  const plain = word.normalize("NFKC").toLowerCase().replace(/[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]/g, "").normalize("NFC");
  return [...plain].map((one) => LETTERS[one] ?? (one.normalize("NFD")[0] < "\u0400" ? one.normalize("NFD")[0] : one)).join("").replace(/[\u0300-\u036f]/g, "");
}

// The words of a text; of a run of Han signs its pairs. One letter alone says something only within an expression.
export function searched(text, shortest = 2) {
  return (text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).flatMap((run) => {
    const parts = run.split(BY_HAN).filter(Boolean);
    return parts.flatMap((part) => {
      if (!IS_HAN.test(part)) return part.length < shortest ? [] : [folded(part)];
      const signs = [...part];
      return signs.length === 1 ? signs : signs.slice(1).map((sign, at) => signs[at] + sign);
    });
  });
}

// Letters more, less, other or in another order, counted up to a few: what a finger does.
function slips(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let [before, last] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let at = 1; at <= one.length; at += 1) {
    const row = [at];
    for (let to = 1; to <= other.length; to += 1) {
      row[to] = Math.min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (one[at - 1] !== other[to - 1]));
      if (at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1]) row[to] = Math.min(row[to], before[to - 2] + 1);
    }
    if (Math.min(...row) > most) return most + 1;
    [before, last] = [last, row];
  }
  return last.at(-1);
}

// An Arabic word without the article and what is written together with it.
const bare = (word) => (word.length > 4 && word >= "\u0600" ? word.replace(/^[\u0648\u0641]?(?:[\u0628\u0643]?\u0627\u0644|\u0644\u0644)/u, "") : word);

// How well two spellings agree: 1 for the same, less for one that goes on or ends otherwise, 0 for others.
function likeness(typed, spelt) {
  if (typed === spelt) return 1;
  if (typed.length > 2 && spelt.startsWith(typed)) return 0.8;
  const most = Math.max(4, typed.length - 2);
  return typed.length > 4 && spelt.length <= typed.length + 3 && spelt.startsWith(typed.slice(0, most)) ? 0.6 : 0;
}

// The same word, perhaps in another form or with one Arabic letter before it; a short one is taken as it stands.
const isSame = (typed, spelt) => likeness(bare(typed), bare(spelt)) > (typed.length > 3 ? 0 : 0.9) || /^[\u0648\u0641\u0628\u0644\u0643]/u.test(typed) && typed.slice(1) === spelt;
const standsAt = (line, words) => (line.length ? words.findIndex((_, at) => line.every((one, next) => at + next < words.length && isSame(words[at + next], one))) : -1);

// Each word with what else is said for it, by the site's list of meanings. An expression stands at its first word; a common word
// that is in none says nothing, unless there are no others.
export function widened({ same = [], common = "" }, words) {
  const groups = words.map((word) => ({ word, others: new Set() }));
  for (const meaning of same) {
    const said = meaning.split("|").map((one) => searched(one)).sort((one, other) => other.length - one.length);
    const line = said.find((one) => standsAt(one, words) >= 0);
    if (!line) continue;
    const at = standsAt(line, words);
    for (const [one, ...more] of said) if (!more.length) groups[at].others.add(one);
    if (line.length > 1) groups[at].word = "";
    for (let next = 1; next < line.length; next += 1) groups[at + next] = { word: "", others: new Set() };
  }
  const say = groups.filter(({ word, others }) => others.size || word && !` ${common} `.includes(` ${word} `));
  return say.length ? say : groups;
}

// The lines of an index, each cut into its spellings and its pages, and the lines by their spellings.
function read(index) {
  const lines = index.words.map((line) => line.split("|")).map(([spelt, pages]) => ({ spelt: spelt.split(" ").map(bare), pages: pages.split(" ").map(Number) }));
  const by = new Map();
  for (const line of lines) for (const one of line.spelt) by.set(one, [...by.get(one) ?? [], line]);
  return { lines, by };
}

// The lines that have a word best, and how well; and as which word, where it was mistyped.
function lookUp({ lines, by }, word, mends) {
  const found = { best: 1, lines: by.get(word) ?? [], meant: "" };
  if (found.lines.length) return found;
  found.best = 0;
  for (const line of lines) {
    const like = Math.max(...line.spelt.map((spelt) => likeness(word, spelt)));
    if (like > found.best) [found.best, found.lines] = [like, []];
    if (like && like === found.best) found.lines.push(line);
  }
  if (found.best || !mends || word.length < 4 || /^\d+$/.test(word)) return found;
  let most = word.length < 8 ? 1 : 2;
  for (const line of lines) {
    for (const one of line.spelt) {
      const far = slips(word, one, most);
      // Few slip at the beginning of a word.
      if (far > most || far === most && found.meant && (found.meant[0] === word[0] || one[0] !== word[0])) continue;
      most = far;
      Object.assign(found, { best: 0.5, lines: [line], meant: one });
    }
  }
  return found;
}

// A course's own page says a little of everything; a step says it.
const ownShare = (href) => (href.endsWith("/") ? 0.6 : 1);

// The pages of one index that answer, each with its points; `meant` are mistyped words with those that were looked for.
export function find(index, words) {
  const [points, heard, meant] = [new Map(), new Map(), new Map()];
  const held = (index.held ??= read(index));
  let known = 0;
  widened(index, words).forEach(({ word, others }, number) => {
    const here = new Map();
    const found = word ? lookUp(held, bare(word), !others.size) : { best: 0, lines: [], meant: "" };
    if (found.meant) meant.set(word, found.meant);
    for (const { best, lines } of [found, { best: 1, lines: [...others].flatMap((one) => held.by.get(bare(one)) ?? []) }]) {
      for (const page of lines.flatMap((line) => line.pages)) {
        const at = Math.abs(page) - 1;
        here.set(at, Math.max(here.get(at) ?? 0, (page < 0 ? 2.5 : 1) * best));
      }
    }
    if (here.size) known += 1;
    for (const [at, worth] of here) {
      points.set(at, (points.get(at) ?? 0) + worth * Math.log(1 + index.pages.length / here.size));
      heard.set(at, (heard.get(at) ?? new Set()).add(number));
    }
  });
  return { meant, pages: [...points].map(([at, some]) => ({ page: index.pages[at], points: some * (heard.get(at).size / known) ** 2 * ownShare(index.pages[at][0]) })) };
}

// What only sounds like harm is taken out, as the site does; a browser that cannot read the pattern takes nothing out.
function withoutCalm(text, calm) {
  try { return calm ? folded(text).replace(new RegExp(calm, "gu"), " 0 ") : text; } catch { return text; }
}

// Whether all words of one of the lists' lines are among them, or those of what people say of themselves in a row: then help stands first.
export function suggestsRisk({ danger, telling, calm }, typed) {
  const said = withoutCalm(typed, calm);
  const [words, every] = [searched(said), searched(said, 1)];
  return danger.split("|").some((line) => searched(line).every((one) => words.some((word) => isSame(word, one) || slips(bare(word), bare(one), 1) < 2 && word.length > 4)))
    || telling.split("|").some((line) => standsAt(searched(line, 1), every) >= 0);
}

// An address changes with what is there, so that what was read once is read.
const opened = new Map();

async function indexes() {
  const { courses } = await import(document.documentElement.dataset.kept);
  const kept = (await courses()).filter((one) => one.list && one.home.startsWith(location.pathname.replace(/search.*$/, "")));
  const files = kept.flatMap((one) => one.list.common.map(([address]) => address)).filter((one) => one.includes("/kept/file/words"));
  for (const one of files) if (!opened.has(one)) opened.set(one, await (await caches.match(one))?.json());
  return files.map((one) => opened.get(one)).filter(Boolean);
}

function draw(found, meant) {
  const list = document.getElementById("found");
  list.replaceChildren(...found.map(({ page: [href, title, lead] }) => {
    const link = Object.assign(document.createElement("a"), { href, textContent: title });
    const line = document.createElement("li");
    line.className = "found__line";
    line.append(Object.assign(document.createElement("h2"), { className: "found__title" }), Object.assign(document.createElement("p"), { className: "found__text", textContent: lead }));
    line.firstChild.append(link);
    return line;
  }));
  document.getElementById("told").textContent = !found.length ? box.dataset.none : meant ? box.dataset.meant.replace("{words}", `\u2068${meant}\u2069`) : "";
}

async function search() {
  const typed = document.getElementById("words").value;
  const words = searched(typed).slice(0, 12);
  if (!words.length) return;
  const answers = (await indexes()).map((index) => find(index, words));
  const slipped = new Map(answers.flatMap(({ meant }) => [...meant]));
  const meant = slipped.size ? typed.replace(/[\p{L}\p{N}\p{M}]+/gu, (one) => slipped.get(folded(one)) ?? one) : "";
  const help = document.getElementById("found-help");
  // Whoever is frightened mistypes.
  help.hidden = ![typed, meant].some((one) => suggestsRisk(help.dataset, one));
  const all = answers.flatMap(({ pages }) => pages).sort((one, other) => one.points - other.points);
  draw([...new Map(all.map((one) => [one.page[0], one])).values()].reverse().slice(0, 15), meant);
}

if (box) {
  box.querySelector("button").addEventListener("click", search);
  document.getElementById("words").addEventListener("keydown", (event) => event.key === "Enter" && search());
}
