// Where the reader is, and going somewhere else: links, deep links, the back button.

const html = document.documentElement;
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const starters = [];  // run once the page is there
const refreshers = [];  // run then, and again when a live page has grown
const movers = [];  // run when the view has moved, with what is shown
let sections = [];  // {id, element, at, size, links}, in order

html.classList.add("js");

function readSections() {
  const links = new Map();
  for (const link of all(".chapters a, .rail a")) {
    const id = link.getAttribute("href").slice(1);
    links.set(id, [...(links.get(id) ?? []), link]);
  }
  sections = all("main > section").map((element) => ({
    id: element.id, element, at: +element.dataset.at, size: +element.dataset.size, links: links.get(element.id) ?? [],
  }));
}

const barHeight = () => one("#bar").offsetHeight;

// The last section that begins above `y` (pixels from the top of the window), or the first one.
function sectionAt(y) {
  let low = 0, high = sections.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sections[middle].element.getBoundingClientRect().top <= y) low = middle; else high = middle - 1;
  }
  return sections[low];
}

// A height in the window as a place on the rail, 0..1.
function placeAt(y) {
  const section = sectionAt(y);
  const box = section.element.getBoundingClientRect();
  return section.at + section.size * Math.min(Math.max((y - box.top) / (box.height || 1), 0), 1);
}

function sectionOfPlace(place) {
  return sections.findLast((section) => section.at <= place) ?? sections[0];
}

function scrollToPlace(place) {
  const section = sectionOfPlace(place);
  const box = section.element.getBoundingClientRect();
  const inside = section.size ? (place - section.at) / section.size : 0;
  window.scrollBy(0, box.top + box.height * Math.min(Math.max(inside, 0), 1) - barHeight() - 8);
}

// Twice: what comes into view is laid out only then, and may push the target away.
function bring(element, block = "start") {
  element.scrollIntoView({ block, behavior: "instant" });
  requestAnimationFrame(() => element.scrollIntoView({ block, behavior: "instant" }));
}

// "754", "754.5", "12:34" and "1:02:03" in seconds, or NaN.
function secondsOf(text) {
  if (!/^\d+(:\d{1,2}){0,2}(\.\d+)?$/.test(text)) return NaN;
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

let timedLines = null;
function linesByTime() {
  timedLines ??= all(".said [data-t]").map((element) => ({ element, start: +element.dataset.t }))
    .sort((one, other) => one.start - other.start);
  return timedLines;
}

// The line that is being said at `seconds`: the last one that has begun, or the first.
function lineAt(seconds) {
  const lines = linesByTime();
  let low = 0, high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle].start <= seconds + 0.005) low = middle; else high = middle - 1;
  }
  return lines[low]?.element ?? null;
}

// The element of "#s12", "#p40" or "#t=754"; null when there is none.
function elementOf(hash) {
  const name = hash.slice(1);
  if (!name.startsWith("t=")) return document.getElementById(name);
  const seconds = secondsOf(decodeURIComponent(name.slice(2)));
  return Number.isNaN(seconds) ? null : lineAt(seconds);
}

function land(hash, focus = true) {
  const element = elementOf(hash);
  if (element === null) return false;
  for (const old of all(".landed, .arrived")) old.classList.remove("landed", "arrived");
  if (element.matches("main > section")) {
    bring(element);
    element.classList.add("arrived");
    if (focus) one("h2", element).focus({ preventScroll: true });
  } else if (element.matches(".said span")) {
    bring(element, "center");
    element.classList.add("landed");
  } else {
    bring(element);
    if (focus) element.focus({ preventScroll: true });
  }
  return true;
}

// Where the reader is, in a form that survives a change of the window's width.
function here() {
  const section = sectionAt(barHeight() + 1);
  return { id: section.id, offset: section.element.getBoundingClientRect().top };
}

function restore({ id, offset }) {
  const element = document.getElementById(id);
  const put = () => window.scrollBy(0, element.getBoundingClientRect().top - offset);
  if (element) { put(); requestAnimationFrame(put); }
}

function leave(hash) {
  history.replaceState({ here: here() }, "");
  if (hash !== location.hash) history.pushState(null, "", hash);
}

function go(hash) {
  leave(hash);
  return land(hash);
}

function current(section) {
  for (const link of all(".chapters [aria-current], .rail [aria-current]")) link.removeAttribute("aria-current");
  for (const link of section.links) {
    link.setAttribute("aria-current", "true");
    const list = link.closest(".chapters");
    if (list && list.scrollHeight > list.clientHeight) {
      const { top, bottom } = link.getBoundingClientRect();
      const box = list.getBoundingClientRect();
      if (top < box.top + 60) list.scrollTop += top - box.top - 60;
      if (bottom > box.bottom - 60) list.scrollTop += bottom - box.bottom + 60;
    }
  }
}

let shown = null;
function moved() {
  if (sections.length === 0) return;
  const top = barHeight();
  const section = sectionAt(top + Math.min(140, innerHeight / 4));
  if (section.id !== shown) current(section);
  shown = section.id;
  const place = { section, from: placeAt(top), to: placeAt(innerHeight) };
  for (const mover of movers) mover(place);
}

let waiting = false;
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; moved(); });
}

function typing(event) {
  return event.target.closest("input, textarea, select, [contenteditable]") !== null;
}

function sheet(open) {
  const button = one(".open-chapters");
  const was = "sheet" in html.dataset;
  button.setAttribute("aria-expanded", String(open));
  if (open) { html.dataset.sheet = ""; (one(".chapters [aria-current]") ?? one(".chapters a"))?.focus(); }
  else { delete html.dataset.sheet; if (was) button.focus({ preventScroll: true }); }
}

function say(text) {
  const toast = one("#toast");
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => toast.classList.remove("on"), 1800);
}

function refresh() {
  timedLines = null;
  shown = null;
  readSections();
  for (const refresher of refreshers) refresher();
  moved();
}

starters.push(() => {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.closest(".chapters")) sheet(false);
    go(link.getAttribute("href"));
  });
  addEventListener("popstate", (event) => {
    if (event.state?.here) restore(event.state.here);
    else if (location.hash) land(location.hash);
    else scrollTo(0, 0);
  });
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  document.addEventListener("earmark:changed", refresh);
  one(".open-chapters").addEventListener("click", () => sheet(true));
  for (const closer of all("[data-close]")) closer.addEventListener("click", () => sheet(false));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && "sheet" in html.dataset) sheet(false); });
  one("#theme").addEventListener("click", () => {
    const dark = (html.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    html.dataset.theme = dark ? "light" : "dark";
  });
});

addEventListener("DOMContentLoaded", () => {
  for (const starter of starters) starter();
  refresh();
  if (location.hash) land(location.hash, false);
});
