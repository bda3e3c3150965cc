// Marks that the register of versions before December 2026 left in a database of its own: they move into the outbox. An old
// page in another tab may still put some there, so it is looked at each time.

export async function moveOld({ asked, once }) {
  const request = indexedDB.open("register-outbox", 1);
  request.onupgradeneeded = () => request.transaction.abort();
  const before = await asked(request).catch(() => null);
  if (!before) return;
  const read = (name) => asked(before.transaction(name).objectStore(name).getAll());
  const [marks, known] = [await read("marks"), await read("known")];
  if (marks.length || known.length) {
    await once(["entries", "known"], "readwrite", async (entries, standing) => {
      for (const { op, owner, marks: address, member, made, tried, status, rev, via, after } of marks) {
        if (await asked(entries.index("op").getKey(op)) !== undefined) continue;
        entries.add({ op, kind: "mark", owner, address, slot: member, made, tried: Number(tried), body: { member, status, rev, via, after } });
      }
      for (const one of known) standing.put(one);
    });
    const gone = before.transaction(["marks", "known"], "readwrite");
    for (const mark of marks) gone.objectStore("marks").delete(mark.seq);
    gone.objectStore("known").clear();
  }
  before.close();
}
