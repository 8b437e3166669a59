// Fetches the live parts of this page once a second and replaces those that changed. Forms are never live: the list of
// bookings is read again as a whole, unless somebody is using it.
const EVERY_MS = 1000;
const offline = document.getElementById("offline");
const list = document.getElementById("list");
const stale = document.getElementById("stale");

async function fetched(query, headers = {}) {
  const answer = await fetch(location.pathname + query, { headers, cache: "no-store" });
  const text = answer.ok ? await answer.text() : "";
  return { status: answer.status, page: new DOMParser().parseFromString(text, "text/html") };
}

function replace(part) {
  const shown = document.getElementById(part.id);
  if (!shown || shown.outerHTML === part.outerHTML) return;
  const focused = shown.contains(document.activeElement) && document.activeElement.id;
  shown.innerHTML = part.innerHTML;
  for (const { name, value } of part.attributes) shown.setAttribute(name, value);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function readList() {
  const query = new URLSearchParams(location.search);
  for (const name of ["open", "done"]) query.delete(name);
  const fresh = (await fetched(`?${query}`)).page.getElementById("list");
  if (!fresh) return;
  for (const row of list.querySelectorAll("[data-event]:has(details[open])"))
    fresh.querySelector(`[id="${row.id}"] details`)?.setAttribute("open", "");
  replace(fresh);
  stale.hidden = true;
}

async function refreshList() {
  if (!list || list.dataset.version === document.getElementById("live-version").dataset.version) return;
  if (list.querySelector("[data-touched], .panel :focus")) stale.hidden = false;
  else await readList();
}

async function refresh() {
  try {
    const { status, page } = await fetched(location.search, { "X-Live": "1" });
    page.querySelectorAll("[data-live]").forEach(replace);
    await refreshList();
    offline.hidden = status < 500;
  } catch {
    offline.hidden = false;
  }
}

async function watch() {
  if (!document.hidden && document.querySelector("main [data-live]")) await refresh();
  setTimeout(watch, EVERY_MS);
}

document.querySelector("[data-focus]")?.focus();
list?.addEventListener("input", (event) => event.target.closest("[data-event]")?.setAttribute("data-touched", ""));
// Without losing what is typed in the booking form.
stale?.querySelector("a").addEventListener("click", (event) => {
  event.preventDefault();
  readList();
});
setTimeout(watch, EVERY_MS);
