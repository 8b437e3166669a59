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
