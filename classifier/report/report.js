// Filters the entries, and keeps the filter in the address (#label=bargaining&tagged=1) so that it can be bookmarked.
"use strict";

const form = document.getElementById("filter");
const entries = [...document.querySelectorAll("article.entry")];
const shown = document.getElementById("shown");

function isShown(entry, filter) {
  const own = entry.dataset.labels.split(" ");
  const wanted = filter.getAll("label");
  return (
    (wanted.length === 0 || wanted.some((label) => own.includes(label))) &&
    (!filter.get("tagged") || entry.dataset.status === "tagged") &&
    (!filter.get("author") || entry.dataset.author === filter.get("author"))
  );
}

function apply(filter) {
  let count = 0;
  for (const entry of entries) {
    entry.hidden = !isShown(entry, filter);
    count += entry.hidden ? 0 : 1;
  }
  shown.textContent = count === entries.length ? `All ${count} entries are shown` : `${count} of ${entries.length} entries are shown`;
}

function filterOfForm() {
  const filter = new URLSearchParams(new FormData(form));
  if (!filter.get("author")) filter.delete("author");
  return filter;
}

function fillForm(filter) {
  for (const box of form.querySelectorAll("input")) box.checked = filter.getAll(box.name).includes(box.value);
  if (form.elements.author) form.elements.author.value = filter.get("author") || "";
}

// The address holds either a filter or the id of an element. If the filter hides the element, the filter is reset.
function follow() {
  const hash = location.hash.slice(1);
  if (hash.includes("=")) {
    fillForm(new URLSearchParams(hash));
    apply(filterOfForm());
    return;
  }
  const place = hash && document.getElementById(hash);
  if (place && place.closest("[hidden]")) {
    fillForm(new URLSearchParams());
    apply(filterOfForm());
    place.scrollIntoView();
  }
}

function remember() {
  const filter = filterOfForm();
  apply(filter);
  location.replace(`#${filter.size ? filter : "show=all"}`);
}

form.hidden = false;
apply(new URLSearchParams());
follow();
addEventListener("hashchange", follow);
form.addEventListener("change", remember);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(remember));

// Evidence is highlighted while its tag is hovered or focused; Escape closes the note of the tag.
function highlight(target) {
  for (const words of document.querySelectorAll("u.highlighted")) words.classList.remove("highlighted");
  const tag = target.closest && target.closest(".tag");
  if (!tag) return;
  for (const words of tag.closest(".text").querySelectorAll(`u[data-for~="${tag.dataset.tag}"]`)) words.classList.add("highlighted");
}

function reopen(event) {
  const tag = event.target.closest && event.target.closest(".tag.closed");
  if (tag && !tag.contains(event.relatedTarget)) tag.classList.remove("closed");
}

addEventListener("pointerover", (event) => highlight(event.target));
addEventListener("focusin", (event) => highlight(event.target));
addEventListener("pointerout", reopen);
addEventListener("focusout", reopen);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const tag of document.querySelectorAll(".tag:hover, .tag:focus-within")) tag.classList.add("closed");
});

// Print everything, also what is folded.
const opened = [];
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    opened.push(details);
  }
});
addEventListener("afterprint", () => {
  while (opened.length) opened.pop().open = false;
});
