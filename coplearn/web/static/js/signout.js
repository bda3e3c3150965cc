// Signing out takes the registers off this device. Marks that wait here are told of first; they stay and are sent when
// the same person signs in again.

function waiting() {
  return new Promise((resolve) => {
    if (!window.indexedDB) { resolve(0); return; }
    const asked = indexedDB.open("register-outbox", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("marks", { keyPath: "seq", autoIncrement: true });
    asked.onerror = () => resolve(0);
    asked.onsuccess = () => {
      const count = asked.result.transaction("marks").objectStore("marks").count();
      count.onsuccess = () => { asked.result.close(); resolve(count.result); };
      count.onerror = () => resolve(0);
    };
  });
}

async function clear() {
  await window.caches?.delete("register");
  const workers = await navigator.serviceWorker?.getRegistrations() ?? [];
  await Promise.all(workers.map((worker) => worker.unregister()));
}

for (const form of document.querySelectorAll("form[data-signs-out]")) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.cleared) return;
    event.preventDefault();
    event.stopPropagation();
    if (await waiting() && !window.confirm(form.dataset.waits)) return;
    await clear().catch(() => {});
    form.dataset.cleared = "yes";
    form.requestSubmit();
  });
}
