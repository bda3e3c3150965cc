// Passkeys: asks the device for one and sends its answer as a form. Where a browser knows none, the form stays hidden.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function question(asked) {
  asked.challenge = bytes(asked.challenge);
  if (asked.user) asked.user.id = bytes(asked.user.id);
  for (const one of [...(asked.excludeCredentials ?? []), ...(asked.allowCredentials ?? [])]) one.id = bytes(one.id);
  return { publicKey: asked };
}

function written(found) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) response[name] = text(found.response[name]);
  }
  return JSON.stringify({ id: found.id, rawId: text(found.rawId), type: found.type, response });
}

// Browsers give passkeys to addresses with https alone; elsewhere nothing of them is offered.
const able = window.isSecureContext && window.PublicKeyCredential && navigator.credentials;
for (const part of document.querySelectorAll("[data-passkeys]")) part.hidden = !able;
for (const part of document.querySelectorAll("[data-no-passkeys]")) part.hidden = Boolean(able);
for (const form of able ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      const answer = await fetch(form.dataset.passkey, { method: "POST", body });
      if (!answer.ok) throw new Error(String(answer.status));
      const asked = question(await answer.json());
      const found = await ("makes" in form.dataset ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
      form.elements.credential.value = written(found);
      form.submit();
    } catch {
      form.querySelector("[data-failed]").hidden = false;
    }
  });
}
