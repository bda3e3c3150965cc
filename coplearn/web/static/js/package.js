// The page around a package: it hears from the frame what became of what the package said, and believes the frame alone.
const frame = document.querySelector("[data-package]");
const status = document.querySelector("[data-package-status]");
const KNOWN = new Set(["saved", "waiting", "elsewhere", "lost", "ended"]);

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== frame.dataset.origin) return;
  const { from, is, way } = event.data ?? {};
  if (from !== "coplearn-package" || !KNOWN.has(is)) return;
  status.textContent = status.dataset[is];
  status.dataset.is = is;
  if (is !== "ended") return;
  const link = way === "continue" ? document.querySelector("[rel=next]") : way === "previous" ? document.querySelector("[rel=prev]") : null;
  link?.click();
});
