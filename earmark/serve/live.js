// A running session: pieces of the page come as they change and are put in their places; the reader's place stays.
// Runs in the scope of core.js; LIVE says where the events are and from which version on they are needed.

const known = new WeakMap();  // element -> the source it was made of
let following = false;  // the reader is at the end and wants to stay there
let fresh = 0;  // changes since the reader was at the end

const numberOf = (element) => +element.id.slice(1);
const atEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 48;

function made(source) {
  const template = document.createElement("template");
  template.innerHTML = source.trim();
  const element = template.content.firstElementChild;
  known.set(element, source);
  return element;
}

// What the reader looks at: the first paragraphs and headings in view, with their places in the window.
function places() {
  const top = barHeight();
  const found = [];
  for (const section of all("main > section")) {
    const box = section.getBoundingClientRect();
    if (box.bottom <= top) continue;
    if (box.top >= innerHeight || found.length >= 8) break;
    for (const part of all(".par", section)) {
      const place = part.getBoundingClientRect();
      if (place.bottom <= top + 4) continue;
      if (place.top >= innerHeight || found.length >= 8) break;
      found.push({ id: part.id, top: place.top });
    }
  }
  return found;
}

function hold(kept) {
  for (const { id, top } of kept) {
    const element = document.getElementById(id);
    if (!element) continue;
    const moved = element.getBoundingClientRect().top - top;
    if (Math.abs(moved) >= 0.5) window.scrollBy({ top: moved, behavior: "instant" });
    return;
  }
}

// Only what changed is made anew, so that focus, selection and the list's own scrolling stay.
function relist(list, source) {
  const template = document.createElement("template");
  template.innerHTML = source;
  const wanted = [...template.content.children];
  wanted.forEach((item, place) => {
    const text = item.outerHTML;
    const old = list.children[place];
    known.set(item, text);
    if (!old) list.append(item);
    else if ((known.get(old) ?? plain(old)) !== text) {
      const focused = old.contains(document.activeElement);
      old.replaceWith(item);
      if (focused) one("a", item)?.focus({ preventScroll: true });
    }
  });
  while (list.children.length > wanted.length) list.lastElementChild.remove();
}

function plain(item) {
  const copy = item.cloneNode(true);
  copy.removeAttribute("style");
  for (const link of all("a", copy)) { link.removeAttribute("aria-current"); link.removeAttribute("tabindex"); }
  return copy.outerHTML;
}

function putSection(main, id, { html: source, place }) {
  let section = document.getElementById(id);
  if (!section) {
    section = made(source);
    const next = all(":scope > section", main).find((other) => numberOf(other) > +id.slice(1));
    main.insertBefore(section, next ?? null);
  } else if (known.get(section) !== source) {
    const other = made(source);
    one(":scope > header", section).replaceWith(one(":scope > header", other));
    for (const level of [...section.classList]) if (level !== "arrived") section.classList.remove(level);
    section.classList.add(...other.classList);
    known.set(section, source);
  }
  const [at, size, characters, first] = place;
  Object.assign(section.dataset, { at, size, first });
  section.style.setProperty("--characters", characters);
}

const firstOf = (part) => numberOf(one(".par", part));

// Paragraphs that stay as they are stay the same elements.
function fill(part, source) {
  const other = made(source);
  const wanted = [...other.children];
  part.className = other.className;
  wanted.forEach((paragraph, place) => {
    const old = part.children[place];
    if (!old) part.append(paragraph);
    else if (!same(old, paragraph)) old.replaceWith(paragraph);
  });
  while (part.children.length > wanted.length) part.lastElementChild.remove();
}

// The same but for marks that the page's own scripts have put on.
function same(old, part) {
  const bare = (element) => element.outerHTML.replace(/ class="[^"]*"/g, "");
  return bare(old) === bare(part);
}

// Where a part belongs that begins with this line; from the end, where new ones come nearly always.
function placeOf(main, first) {
  let home = main.lastElementChild;
  while (home.previousElementSibling && +home.dataset.first > first) home = home.previousElementSibling;
  let before = null, last = home.lastElementChild;
  while (last?.matches(".part") && firstOf(last) > first) { before = last; last = last.previousElementSibling; }
  return [home, before];
}

function putParts(main, pieces, whole) {
  const there = new Map(all(".part", main).map((part) => [firstOf(part), part]));
  for (const [first, part] of there) {
    const source = pieces[`part ${first}`];
    const [home, before] = placeOf(main, first);
    if (source === null || (whole && source === undefined)) { part.remove(); there.delete(first); }
    else if (home !== part.parentElement) home.insertBefore(part, before);
  }
  let changed = 0;
  for (const [key, source] of Object.entries(pieces)) {
    if (!key.startsWith("part ") || source === null) continue;
    const first = +key.slice(5);
    changed += 1;
    if (there.has(first)) { fill(there.get(first), source); continue; }
    const [home, before] = placeOf(main, first);
    home.insertBefore(made(source), before);
  }
  return changed;
}

function apply({ pieces, whole }) {
  const main = one("#transcript");
  for (const [key, value] of Object.entries(pieces)) {
    if (key.startsWith("section ") && value !== null) putSection(main, key.slice(8), value);
  }
  const changed = putParts(main, pieces, whole);
  for (const section of all(":scope > section", main)) {
    const value = pieces[`section ${section.id}`];
    if (value === null || (whole && value === undefined)) section.remove();
  }
  if (pieces.facts) {
    const spans = pieces.facts.map((fact) => Object.assign(document.createElement("span"), { textContent: fact }));
    one("#facts").replaceChildren(...spans.flatMap((span) => [span, " "]));
  }
  if (pieces.chapters !== undefined) relist(one("#chapter-list"), pieces.chapters);
  if (pieces.rail !== undefined) relist(one("#rail-list"), pieces.rail);
  return changed;
}

function take(news) {
  const kept = following ? [] : places();
  fresh += apply(news);
  document.dispatchEvent(new CustomEvent("earmark:changed"));
  keepPlace(kept);
  if (following) toEnd();
  else requestAnimationFrame(() => { keepPlace(kept); offer(); });  // what has come into view is laid out by now
}

function keepPlace(kept) {
  if (following) window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
  else hold(kept);
}

// What comes into view is laid out only then and is seldom as high as was assumed: a few frames until the end is there.
function toEnd(frames = 12) {
  if (!following) return;
  keepPlace([]);
  if (frames > 0) requestAnimationFrame(() => toEnd(frames - 1));
  else offer();
}

function offer() {
  const button = one(".newer");
  if (following) fresh = 0;
  button.hidden = following || fresh === 0;
}

function tell(text, kind = "") {
  const running = one("#running");
  if (running.dataset.said === text) return;
  running.dataset.said = text;
  running.className = `running ${kind}`;
  running.textContent = text;
}

function ended() {
  tell("This recording has ended. ", "ended");
  const link = Object.assign(document.createElement("a"), { href: location.pathname, textContent: "Open its page" });
  one("#running").append(link);
}

starters.push(() => {
  const button = Object.assign(document.createElement("button"), { className: "newer", type: "button", textContent: "Newest lines ↓", hidden: true });
  document.body.append(button);
  // Only the reader's own moves begin and end the following: scrolling after a key, a wheel, a touch, or a held pointer.
  let touched = -Infinity, held = false, last = scrollY;
  const touch = () => { touched = performance.now(); };
  for (const kind of ["wheel", "touchmove", "touchend", "keydown", "pointerdown"]) addEventListener(kind, touch, { passive: true });
  button.addEventListener("click", () => { following = true; touched = -Infinity; toEnd(); });
  addEventListener("pointerdown", () => { held = true; }, { passive: true });
  for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, () => { held = false; touch(); }, { passive: true });
  addEventListener("scroll", () => {
    const byReader = held || performance.now() - touched < 1500;
    if (byReader && scrollY < last - 2) following = false;
    else if (byReader && atEnd()) following = true;
    last = scrollY;
    offer();
  }, { passive: true });

  for (const section of all("main > section")) section.dataset.first = numberOf(one(".par", section) ?? { id: "p0" });
  const events = new EventSource(`${LIVE.events}?from=${encodeURIComponent(LIVE.from)}`);
  events.addEventListener("open", () => tell("Listening…"));
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) tell("The server does not answer. Load the page again when it is back.", "away");
    else tell("The server is away; waiting for it…", "away");
  });
  events.addEventListener("failure", (event) => { events.close(); tell(JSON.parse(event.data), "away"); });
  events.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    take(news);
    if (news.finished) { events.close(); ended(); }
  });
  if (!location.hash && LIVE.running && scrollY === 0) {
    requestAnimationFrame(() => { following = true; toEnd(); });
  }
});
