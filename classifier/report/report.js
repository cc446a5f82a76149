// Filters the entries, and keeps the filter in the address (#label=bargaining&tagged=1) so that it can be bookmarked.
// Words that are searched for stay out of the address, because the browser remembers it.
"use strict";

const form = document.getElementById("filter");
const entries = [...document.querySelectorAll("article.entry")];
const shown = document.getElementById("shown");

// What the writer wrote, without the notes on the tags.
function writtenIn(entry) {
  const text = entry.querySelector(".text").cloneNode(true);
  for (const tag of text.querySelectorAll(".tag")) tag.remove();
  return text.textContent.toLowerCase();
}

function isShown(entry, filter) {
  const own = entry.dataset.labels.split(" ");
  const wanted = filter.getAll("label");
  return (
    (wanted.length === 0 || wanted.some((label) => own.includes(label))) &&
    (!filter.get("tagged") || entry.dataset.status === "tagged") &&
    (!filter.get("author") || entry.dataset.author === filter.get("author")) &&
    (!filter.get("from") || entry.dataset.date >= filter.get("from")) &&
    (!filter.get("to") || (entry.dataset.date && entry.dataset.date <= filter.get("to"))) &&
    (!filter.get("text") || writtenIn(entry).includes(filter.get("text").toLowerCase()))
  );
}

function apply(filter) {
  let count = 0;
  for (const entry of entries) {
    entry.hidden = !isShown(entry, filter);
    count += entry.hidden ? 0 : 1;
  }
  // The lists and the pictures show nothing of an entry or a person that the filter hides, on the screen and in print.
  for (const item of document.querySelectorAll("[data-entry]")) {
    item.hidden = document.getElementById(`entry-${item.dataset.entry}`).hidden;
  }
  for (const picture of document.querySelectorAll("[data-picture]")) {
    picture.hidden = entries.every((entry) => entry.hidden || entry.dataset.author !== picture.dataset.picture);
  }
  for (const row of document.querySelectorAll("[data-picture] tbody tr")) {
    row.hidden = document.querySelector(row.querySelector("a").getAttribute("href")).hidden;
  }
  shown.textContent = count === entries.length ? `All ${count} entries are shown` : `${count} of ${entries.length} entries are shown`;
}

function filterOfForm() {
  const filter = new URLSearchParams(new FormData(form));
  for (const name of ["author", "from", "to", "text"]) if (!filter.get(name)) filter.delete(name);
  return filter;
}

function fillForm(filter) {
  for (const box of form.querySelectorAll("[type=checkbox]")) box.checked = filter.getAll(box.name).includes(box.value);
  for (const field of form.querySelectorAll("[type=date]")) field.value = filter.get(field.name) || "";
  if (form.elements.author) form.elements.author.value = filter.get("author") || "";
}

// The address holds either a filter or the id of an element. If the filter hides the element, the filter is reset.
function follow() {
  const hash = location.hash.slice(1);
  if (hash.includes("=")) {
    fillForm(new URLSearchParams(hash));
    form.querySelector("details").open = hash !== "show=all";
    apply(filterOfForm());
    return;
  }
  const place = hash && document.getElementById(hash);
  if (place && place.closest("[hidden]")) {
    fillForm(new URLSearchParams());
    form.elements.text.value = "";
    apply(filterOfForm());
    place.scrollIntoView();
  }
}

function remember() {
  const filter = filterOfForm();
  apply(filter);
  filter.delete("text");
  location.replace(`#${filter.size ? filter : "show=all"}`);
}

form.hidden = false;
apply(new URLSearchParams());
follow();
addEventListener("hashchange", follow);
form.addEventListener("change", remember);
form.addEventListener("input", () => apply(filterOfForm()));
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
