// Keep the page that is open, with all that it loads, so that the site's worker opens it again without a network.

const CACHE = "register";

export async function keepPage(worker) {
  if (!("serviceWorker" in navigator) || !window.caches || document.documentElement.dataset.trace === "none") return;
  for (const old of await navigator.serviceWorker.getRegistrations()) {
    if (old.active?.scriptURL.endsWith("register-worker.js")) await old.unregister();
  }
  await navigator.serviceWorker.register(worker);
  await navigator.serviceWorker.ready;
  const files = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="icon"]')].map((link) => link.href);
  const drawn = new Set([...document.querySelectorAll("use")].map((icon) => icon.href.baseVal.split("#")[0]));
  files.push(...performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => /\.js(\?|$)/.test(name)));
  const kept = await caches.open(CACHE);
  await kept.addAll([...files, ...drawn, location.href]);
  navigator.storage?.persist?.();
  document.documentElement.dataset.kept = "yes";
}
