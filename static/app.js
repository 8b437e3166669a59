// Focus: what has just failed or come, when the page opens and after a part of it is replaced.
const focusNew = (root) => root.querySelector?.("[data-focus]")?.focus();
focusNew(document);
document.addEventListener("htmx:after:settle", (event) => focusNew(event.target));

// A name nobody has touched follows the choice it was proposed for.
document.addEventListener("change", ({ target }) => {
  const name = target.dataset.proposes && document.getElementById(target.dataset.for);
  if (!name) return;
  const proposed = [...target.form.querySelectorAll("[data-proposes]")].map((each) => each.dataset.proposes);
  if (!name.value || proposed.includes(name.value)) name.value = target.dataset.proposes;
});

// Copy buttons: shown only where a script can do it.
const showCopy = (root) => root.querySelectorAll?.("[data-copy]").forEach((each) => (each.hidden = false));
showCopy(document);
document.addEventListener("htmx:after:settle", () => showCopy(document));
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  const words = button.lastChild;
  document.getElementById("messages").textContent = button.dataset.copied;
  [words.textContent, button.dataset.copied] = [button.dataset.copied, words.textContent];
  setTimeout(() => ([words.textContent, button.dataset.copied] = [button.dataset.copied, words.textContent]), 2000);
});
