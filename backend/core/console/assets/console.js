"use strict";
// Security keys: asks the browser, puts the answer into the form, sends the form. Without this script, codes work.
for (const part of document.querySelectorAll("[data-key]")) {
  if (!window.PublicKeyCredential) break;
  part.hidden = false;
  const form = part.querySelector("form");
  const fault = form.querySelector(".fault");
  form.querySelector("button").addEventListener("click", async () => {
    fault.hidden = true;
    try {
      const options = unpack(JSON.parse(form.dataset.options));
      const made = await navigator.credentials[part.dataset.key]({ publicKey: options });
      form.elements.key.value = JSON.stringify(pack(made));
      form.submit();
    } catch {
      fault.hidden = false;
    }
  });
}

function unpack(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.allowCredentials, options.excludeCredentials])
    for (const one of list || []) one.id = bytes(one.id);
  return options;
}

function pack(made) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (made.response[name]) response[name] = text(made.response[name]);
  return { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} };
}

function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const signs = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(signs).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
