"use strict";
// How much waits, beside the menu: asked every half minute while the page is looked at.
for (const badge of document.querySelectorAll("[data-badge]")) {
  const ask = async () => {
    if (document.hidden) return;
    try {
      const reply = await fetch(badge.dataset.badge, { redirect: "error" });
      if (!reply.ok) return;
      badge.textContent = await reply.text();
      badge.hidden = !badge.textContent;
    } catch {}
  };
  ask();
  setInterval(ask, 30000);
  document.addEventListener("visibilitychange", ask);
}

// Single keys: j and k go down and up a list; any other presses or goes to what names it, in that row first.
document.addEventListener("keydown", (event) => {
  const at = document.activeElement;
  if (!("keys" in document.body.dataset) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (at.matches("textarea, select, input:not([type=checkbox], [type=radio])")) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  let there;
  if (event.key === "j" || event.key === "k") {
    const next = rows.indexOf(at.closest("li")?.querySelector("[data-row]") ?? at) + (event.key === "j" ? 1 : -1);
    there = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  } else if (event.key.length === 1) {
    const named = `[data-on="${CSS.escape(event.key)}"]`;
    there = at.closest("li")?.querySelector(named) ?? document.querySelector(named);
  }
  if (!there) return;
  event.preventDefault();
  if (there.matches("button, summary")) there.click();
  there.focus();
});

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
