// Signing out takes the registers off this device. Marks that wait here are told of first; they stay and are sent when
// the same person signs in again.

function openStore() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("register-outbox", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("marks", { keyPath: "seq", autoIncrement: true });
      asked.result.createObjectStore("known", { keyPath: ["marks", "member"] });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

function waiting(store) {
  return new Promise((resolve, reject) => {
    const count = store.transaction("marks").objectStore("marks").count();
    count.onsuccess = () => resolve(count.result);
    count.onerror = () => reject(count.error);
  });
}

async function clear(store) {
  store?.transaction("known", "readwrite").objectStore("known").clear();
  await window.caches?.delete("register");
  const workers = await navigator.serviceWorker?.getRegistrations() ?? [];
  await Promise.all(workers.map((worker) => worker.unregister()));
}

for (const form of document.querySelectorAll("form[data-signs-out]")) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.cleared) return;
    event.preventDefault();
    event.stopPropagation();
    const store = await openStore().catch(() => null);
    if (store && await waiting(store).catch(() => 0) && !window.confirm(form.dataset.waits)) return;
    await clear(store).catch(() => {});
    form.dataset.cleared = "yes";
    form.requestSubmit();
  });
}
