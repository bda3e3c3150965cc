// The recordings of a course that is kept, for whoever wants them too. One comes in parts, each of which is there for good before the
// next is asked for; put together, it is held to its digest like every piece.

const PART = 65536;
const IS_PART = /[?&]from=\d+$/;
const partAt = (address, from) => `${address}${address.includes("?") ? "&" : "?"}from=${from}`;

// Of each recording, the file that this browser's player would play, and its captions.
export function choose(list) {
  const player = document.createElement("video");
  for (const module of list.modules) {
    module.heard = module.recordings.flatMap(([files, captions]) => {
      const one = files.find(([, , , type]) => player.canPlayType(type));
      return one ? [one, ...captions] : [];
    });
  }
}

// The bytes of recordings that have come and are not put together yet.
export async function come(cache) {
  return PART * (await cache.keys()).filter(({ url }) => IS_PART.test(url)).length;
}

async function fetchPart(place, from, end, size, signal) {
  // The site answers by the range; the address is one that the worker leaves alone.
  const answer = await fetch(place, { signal, cache: "no-store", credentials: "same-origin", headers: { Range: `bytes=${from}-${end - 1}` } });
  const part = await answer.blob();
  // Something on the way may know no parts: then the whole is there.
  return answer.status === 206 && part.size === end - from || answer.status === 200 && part.size === size ? part : null;
}

// Fetch one, and keep it. False for something else than it, of which nothing is kept.
async function fetchOne(cache, [address, digest, size, type], { signal, digestOf, came }) {
  const elsewhere = await caches.match(address, { ignoreVary: true });
  let whole = await elsewhere?.blob();
  const places = [];
  for (let from = 0, parts = []; from < size && !whole; from += PART) {
    const place = partAt(address, from), end = Math.min(from + PART, size);
    let part = await (await cache.match(place))?.blob();
    if (!part) {
      signal.throwIfAborted();
      part = await fetchPart(place, from, end, size, signal);
      if (!part) return false;
      if (part.size !== size) await cache.put(place, new Response(part));
    }
    places.push(place);
    parts.push(part);
    came(end - from);
    if (part.size === size || end === size) whole = new Blob(part.size === size ? [part] : parts, { type: type ?? part.type });
  }
  const right = (await digestOf(await whole.arrayBuffer())).startsWith(digest);
  if (right) await cache.put(address, new Response(whole, { headers: { "Content-Type": whole.type } }));
  for (const place of places) await cache.delete(place);
  return right;
}

// Fetch all that are wanted, one after another; what finds no room says so in words of its own, for the course is kept.
export async function fetchHeard(cache, wanted, { signal, tell, digestOf, checkRoom, why, Told }) {
  const all = wanted.reduce((total, one) => total + one[2], 0);
  let done = 0;
  const came = (more) => tell(done += more, all);
  try {
    await checkRoom(2 * all - await come(cache));
    for (const one of wanted) if (!await fetchOne(cache, one, { signal, digestOf, came })) throw new Told("portal");
  } catch (fault) {
    throw why(fault) === "full" ? new Told("heardFull") : fault;
  }
}
