// What is kept on this device, for every page that has to know: one cache a course, in it the pieces by their addresses and
// the listing they belong to. A listing is put there last: what it names is there in full.

const PREFIX = "course:";
export const nameOf = (home) => PREFIX + home;
export const listingIn = (home) => `${home}kept.json`;
export const pieces = (list, numbers = list.numbers, heard = list.heard ?? []) => {
  const named = new Map(list.common.map((one) => [one[0], one]));
  for (const module of list.modules) if (numbers.includes(module.number)) for (const one of [...module.pieces, ...(heard.includes(module.number) && module.heard || [])]) named.set(one[0], one);
  return [...named.values()];
};

// How pages speak of it: a day, kilobytes, and a sentence with its places filled, each apart from what runs the other way.
export const day = (at) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium" }).format(at);
export const size = (bytes) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 }).format(Math.ceil(bytes / 1000));
export const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => `\u2068${values[name] ?? ""}\u2069`);

// The listing of one course as it is kept, or null.
export async function listing(home, next = false) {
  const held = await window.caches?.match(listingIn(home) + (next ? "?next" : ""), { cacheName: nameOf(home) });
  return held ? held.json() : null;
}

// Every course that something is kept of, each with its listing ("list", null while it is not complete) and what was begun.
export async function courses() {
  const names = (await window.caches?.keys().catch(() => [])) ?? [];
  const found = names.filter((name) => name.startsWith(PREFIX)).map(async (name) => {
    const home = name.slice(PREFIX.length);
    return { home, list: await listing(home), next: await listing(home, true) };
  });
  return Promise.all(found);
}

// Of what is kept, the edition that this page belongs to.
export async function edition() {
  const home = location.pathname.match(/^\/.*?\/c\/[^/]+\//)?.[0];
  return home ? listing(home) : (await courses()).find((one) => one.list)?.list ?? null;
}

// The pieces that are named and not there (any more).
export async function missing(list, numbers, heard) {
  const cache = await caches.open(nameOf(list.home));
  const there = new Set((await cache.keys()).map((one) => one.url));
  return pieces(list, numbers, heard).filter(([address]) => !there.has(new URL(address, location).href));
}

async function tell() {
  const list = await edition();
  const line = document.getElementById("edition");
  if (list && line) {
    line.textContent = line.dataset.words.replace("{edition}", `\u2066${list.version} · ${list.edition}\u2069`).replace("{day}", `\u2068${day(list.at)}\u2069`);
  }
  const all = document.getElementById("kept-courses");
  if (all) {
    const here = (await courses()).filter((one) => one.list && one.home.startsWith(document.querySelector(".brand").pathname));
    for (const { home, list } of here) {
      const link = Object.assign(document.createElement("a"), { href: home, textContent: list.title });
      all.append(document.createElement("li"));
      all.lastChild.append(link);
    }
    document.getElementById("kept-none").hidden = here.length > 0;
  }
  for (const part of document.querySelectorAll("[data-module]")) {
    const away = list && !list.numbers.includes(Number(part.dataset.module));
    part.querySelector("[data-absent]").hidden = !away;
  }
  const outbox = document.getElementById("say")?.dataset.outbox;
  if (outbox) (await import(outbox)).watch?.(document.getElementById("waits"));
}

if (document.documentElement.dataset.kept) tell().catch(() => {});
