// The worker that registers had until November 2026. The site's one worker (worker.js) opens them now: this one goes.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.registration.unregister()));
