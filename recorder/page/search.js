// Search: hits are ranges that the browser paints (the text is not touched), and lines on the rail.

const PAINTED = 5000;  // more hits than this are counted and found, but only so many painted at once

let haystack = null;  // [{element, text, section, at}] one per paragraph
let found = [];  // [{paragraph, start, end}]
let chosen = -1;

refreshers.push(() => { haystack = null; });

// Lower case of the same length, so that places in it are places in the text.
function fold(text) {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : [...text].map((letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  }).join("");
}

function index() {
  if (haystack) return haystack;
  haystack = [];
  for (const section of sections) {
    const paragraphs = all(".said", section.element).map((element) => ({ element, text: fold(element.textContent), section }));
    const whole = paragraphs.reduce((sum, { text }) => sum + text.length, 0) || 1;
    let before = 0;
    for (const paragraph of paragraphs) {
      paragraph.at = section.at + section.size * before / whole;
      paragraph.size = section.size * paragraph.text.length / whole;
      before += paragraph.text.length;
      haystack.push(paragraph);
    }
  }
  return haystack;
}

function rangeOf({ paragraph, start, end }) {
  const walker = document.createTreeWalker(paragraph.element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let before = 0, begun = false;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const after = before + node.length;
    if (!begun && start < after) { range.setStart(node, start - before); begun = true; }
    if (begun && end <= after) { range.setEnd(node, end - before); break; }
    before = after;
  }
  return range;
}

const placeOfHit = ({ paragraph, start }) => paragraph.at + paragraph.size * start / (paragraph.text.length || 1);

function paint() {
  const lines = new Set(found.map((hit) => Math.round(placeOfHit(hit) * 1000)));
  one("#rail-hits path").setAttribute("d", [...lines].map((y) => `M0 ${y}H1`).join(""));
  if (!CSS.highlights) return;
  CSS.highlights.set("hits", new Highlight(...found.slice(0, PAINTED).map(rangeOf)));
}

function count() {
  const query = one("#query").value.trim();
  const place = chosen < 0 ? "" : `${(chosen + 1).toLocaleString("en")} of `;
  one("#hits").textContent = !query ? "" : found.length ? place + found.length.toLocaleString("en") : "none";
  one(".steps").hidden = found.length === 0;
}

function choose(number) {
  if (found.length === 0) return;
  chosen = (number + found.length) % found.length;
  const hit = found[chosen];
  const range = rangeOf(hit);
  for (const old of all(".found")) old.classList.remove("found");
  if (CSS.highlights) CSS.highlights.set("hit-now", new Highlight(range));
  else hit.paragraph.element.closest(".par").classList.add("found");
  bring(hit.paragraph.element, "center");
  requestAnimationFrame(() => {
    const { top, bottom } = range.getBoundingClientRect();
    if (top < barHeight() + 20 || bottom > innerHeight - 40) window.scrollBy(0, top - innerHeight / 2);
  });
  count();
}

function search(query) {
  found = [];
  chosen = -1;
  CSS.highlights?.delete("hit-now");
  for (const old of all(".found")) old.classList.remove("found");
  const needle = fold(query.trim().replace(/\s+/g, " "));
  if (needle) {
    for (const paragraph of index()) {
      for (let at = paragraph.text.indexOf(needle); at >= 0; at = paragraph.text.indexOf(needle, at + needle.length)) {
        found.push({ paragraph, start: at, end: at + needle.length });
      }
    }
  }
  paint();
  count();
}

// The first hit at or below what is shown now.
function nearest() {
  const place = placeAt(barHeight());
  const next = found.findIndex((hit) => placeOfHit(hit) >= place);
  return next < 0 ? 0 : next;
}

const step = (by) => choose(chosen < 0 ? (by > 0 ? nearest() : nearest() - 1) : chosen + by);

function clearSearch() {
  one("#query").value = "";
  search("");
}

starters.push(() => {
  const input = one("#query");
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => search(input.value), 120);
  });
  input.form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      clearTimeout(timer);
      if (found.length === 0 || chosen < 0) search(input.value);
      step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") { clearSearch(); input.blur(); }
  });
  for (const button of all("[data-step]")) button.addEventListener("click", () => step(+button.dataset.step));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-find]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    input.value = link.dataset.find;
    search(input.value);
    const section = link.closest("section");
    const first = found.findIndex(({ paragraph }) => paragraph.section.element === section);
    leave(location.hash);
    if (first >= 0) choose(first); else land(link.getAttribute("href"));
  }, true);
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); input.focus(); input.select(); }
    else if (event.key === "n") step(1);
    else if (event.key === "N") step(-1);
    else if (event.key === "Escape") clearSearch();
  });
});
