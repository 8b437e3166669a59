// Fetches the live parts of this page once a second and replaces those that changed. Forms are never live.
const EVERY_MS = 1000;
const offline = document.getElementById("offline");

function replace(part) {
  const shown = document.getElementById(part.id);
  if (!shown || shown.outerHTML === part.outerHTML) return;
  const focused = shown.contains(document.activeElement) && document.activeElement.id;
  shown.innerHTML = part.innerHTML;
  for (const { name, value } of part.attributes) shown.setAttribute(name, value);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function refresh() {
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { "X-Live": "1" }, cache: "no-store" });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      fresh.querySelectorAll("[data-live]").forEach(replace);
    }
    offline.hidden = answer.status < 500;
  } catch {
    offline.hidden = false;
  }
}

async function watch() {
  if (!document.hidden && document.querySelector("main [data-live]")) await refresh();
  setTimeout(watch, EVERY_MS);
}

document.querySelector("[data-focus]")?.focus();
setTimeout(watch, EVERY_MS);
