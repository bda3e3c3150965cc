// Search in the courses that are kept on this phone, with no network. Nothing that is typed is kept or sent.
// The index was made by the site's analyser; here words are only brought to how they are spelt in it.

const box = document.querySelector("[data-kept-search]");
const HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff";
const LETTERS = { أ: "ا", إ: "ا", آ: "ا", ٱ: "ا", ى: "ي", ة: "ه", ؤ: "و", ئ: "ي", ё: "е", և: "եւ", œ: "oe", æ: "ae", ß: "ss", ı: "i" };

// A word as the index spells it: no accents on Latin and Greek letters, no Arabic marks, one form of a letter.
export function folded(word) {
  const plain = word.normalize("NFKC").toLowerCase().replace(/[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]/g, "").normalize("NFC");
  return [...plain].map((one) => LETTERS[one] ?? (one.normalize("NFD")[0] < "\u0400" ? one.normalize("NFD")[0] : one)).join("").replace(/[\u0300-\u036f]/g, "");
}

export function searched(text) {
  return (text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).flatMap((run) => {
    const parts = run.split(new RegExp(`([${HAN}]+)`)).filter(Boolean);
    return parts.flatMap((part) => {
      if (!new RegExp(`[${HAN}]`).test(part)) return part.length > 1 ? [folded(part)] : [];
      const signs = [...part];
      return signs.length === 1 ? signs : signs.slice(1).map((sign, at) => signs[at] + sign);
    });
  });
}

// One letter more, less or another: what a finger does.
function slips(one, other) {
  if (one.length > other.length) return slips(other, one);
  if (one.length < 5 || other.length - one.length > 1) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return one.slice(at + (one.length === other.length)) === other.slice(at + 1);
}

// How well two spellings agree: 1 for the same, less for one that goes on or has a slip, 0 for others.
function likeness(typed, spelt) {
  if (typed === spelt) return 1;
  if (typed.length > 2 && spelt.startsWith(typed)) return 0.8;
  const most = Math.max(4, typed.length - 2);
  if (typed.length > 4 && spelt.length <= typed.length + 3 && spelt.startsWith(typed.slice(0, most))) return 0.6;
  return slips(typed, spelt) ? 0.5 : 0;
}

// An Arabic word without the article and what is written together with it.
const bare = (word) => (word.length > 4 ? word.replace(/^[\u0648\u0641]?(?:[\u0628\u0643]?\u0627\u0644|\u0644\u0644)/u, "") : word);

// The pages of one index that answer, each with its points.
export function find(index, words) {
  const points = new Map();
  const heard = new Map();
  let known = 0;
  words.forEach((word, number) => {
    let best = 0;
    let lines = [];
    for (const line of index.words) {
      const bar = line.indexOf("|");
      const like = Math.max(...line.slice(0, bar).split(" ").map((spelt) => likeness(bare(word), bare(spelt))));
      if (like > best) [best, lines] = [like, []];
      if (like && like === best) lines.push(line.slice(bar + 1));
    }
    if (lines.length) known += 1;
    for (const numbers of lines) {
      const pages = numbers.split(" ").map(Number);
      const weight = best * Math.log(1 + index.pages.length / pages.length);
      for (const page of pages) {
        const at = Math.abs(page) - 1;
        points.set(at, (points.get(at) ?? 0) + (page < 0 ? 2.5 : 1) * weight);
        heard.set(at, (heard.get(at) ?? new Set()).add(number));
      }
    }
  });
  return [...points].map(([at, some]) => ({ page: index.pages[at], points: some * (heard.get(at).size / known) ** 2 }));
}

// Whether all words of one of the lines are among them: then help stands first.
export const suggestsRisk = (lines, words) => lines.some((line) => searched(line).every((one) => words.some((word) => likeness(bare(word), bare(one)))));

async function indexes() {
  const { courses } = await import(document.documentElement.dataset.kept);
  const kept = (await courses()).filter((one) => one.list && one.home.startsWith(location.pathname.replace(/search.*$/, "")));
  const files = kept.flatMap((one) => one.list.common.map(([address]) => address)).filter((one) => one.includes("/kept/file/words"));
  return Promise.all(files.map(async (one) => (await caches.match(one))?.json())).then((all) => all.filter(Boolean));
}

function draw(found) {
  const list = document.getElementById("found");
  list.replaceChildren(...found.map(({ page: [href, title, lead] }) => {
    const link = Object.assign(document.createElement("a"), { href, textContent: title });
    const line = document.createElement("li");
    line.className = "found__line";
    line.append(Object.assign(document.createElement("h2"), { className: "found__title" }), Object.assign(document.createElement("p"), { className: "found__text", textContent: lead }));
    line.firstChild.append(link);
    return line;
  }));
  document.getElementById("told").textContent = found.length ? "" : box.dataset.none;
}

async function search() {
  const words = searched(document.getElementById("words").value).slice(0, 12);
  if (!words.length) return;
  const help = document.getElementById("found-help");
  help.hidden = !suggestsRisk(help.dataset.danger.split("|"), words);
  const all = (await indexes()).flatMap((index) => find(index, words)).sort((one, other) => other.points - one.points);
  draw([...new Map(all.reverse().map((one) => [one.page[0], one])).values()].reverse().slice(0, 15));
}

if (box) {
  box.querySelector("button").addEventListener("click", search);
  document.getElementById("words").addEventListener("keydown", (event) => event.key === "Enter" && search());
}
