// A recording on a kept page: its player is shown where the recording is kept on this device; elsewhere the page says that it is not.

for (const player of document.querySelectorAll(".recording__player[hidden]")) {
  const held = async ({ src }) => await caches.match(src, { ignoreVary: true }) && src;
  const [src] = (await Promise.all([...player.querySelectorAll("source")].map(held))).filter(Boolean);
  if (!src) continue;
  player.src = src;
  for (const track of player.querySelectorAll("[data-shown]")) track.track.mode = "showing";
  player.hidden = false;
  player.closest(".recording").querySelector("[data-not-kept]").hidden = true;
}
