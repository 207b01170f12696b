// The rail: where the reader is on it, dragging over it (the Recorder's gesture), and arrow keys on it.

const DRAG = 4;  // pixels from which on a press is a drag

refreshers.push(() => {
  // A live page has no rules for sections that came later.
  if (!("live" in document.body.dataset)) return;
  for (const { id, at, size } of sections) {
    const style = document.getElementById(`r-${id}`)?.style;
    style?.setProperty("--at", at);
    style?.setProperty("--size", size);
  }
});

movers.push(({ from, to }) => {
  const { style } = one("#thumb");
  style.setProperty("--from", from);
  style.setProperty("--to", to);
});

// One stop for the tab key; arrows go from section to section.
refreshers.push(() => {
  const links = all(".rail a");
  const stop = links.find((link) => link.tabIndex === 0 && link.hasAttribute("tabindex")) ?? links[0];
  for (const link of links) link.tabIndex = link === stop ? 0 : -1;
});

function clockAt(section, place) {
  const lines = all("[data-t]", section.element);
  if (lines.length === 0) return "";
  const inside = section.size ? (place - section.at) / section.size : 0;
  const seconds = Math.floor(lines[Math.min(Math.floor(inside * lines.length), lines.length - 1)].dataset.t);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function showBubble(section, place, y) {
  const bubble = one("#bubble");
  const keywords = all(".keys a", section.element).slice(0, 3).map((link) => link.textContent);
  const strong = document.createElement("b");
  strong.dir = "auto";
  strong.textContent = keywords[0] ?? one("h2", section.element).textContent;
  if (section.element.classList.contains("highlighted")) {
    const star = Object.assign(document.createElement("span"), { className: "star", textContent: "★" });
    strong.append(star);
  }
  const rest = [clockAt(section, place), ...keywords.slice(1)].filter(Boolean).join(" · ");
  bubble.replaceChildren(strong, rest);
  bubble.hidden = false;
  const half = bubble.offsetHeight / 2 + 8;
  bubble.style.top = `${Math.min(Math.max(y, half), innerHeight - half)}px`;
}

const hideBubble = () => { one("#bubble").hidden = true; };

starters.push(() => {
  const rail = one("#rail");
  const track = one(".track", rail);
  let press = null;  // {y, dragging, from, link} while a pointer is down
  let swallow = false;  // the click that ends a drag

  const placeOf = (y) => {
    const box = track.getBoundingClientRect();
    return Math.min(Math.max((y - box.top) / box.height, 0), 0.99999);
  };
  const over = (event) => {
    // A keyword may stand a little below the start of its short section: it names its own.
    const link = event.pointerType === "mouse" && !press?.dragging ? event.target.closest?.(".rail a") : null;
    const place = placeOf(event.clientY);
    const section = (link && sections.find(({ id }) => `#${id}` === link.getAttribute("href"))) ?? sectionOfPlace(place);
    return { section, place: section === sectionOfPlace(place) ? place : section.at };
  };
  const drag = (event) => {
    const { section, place } = over(event);
    scrollToPlace(place);
    showBubble(section, place, event.clientY);
  };

  rail.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || sections.length === 0) return;
    press = { y: event.clientY, dragging: false, from: here(), link: event.target.closest(".rail a") };
    swallow = false;
    rail.setPointerCapture(event.pointerId);
    const { section, place } = over(event);
    showBubble(section, place, event.clientY);
  });
  rail.addEventListener("pointermove", (event) => {
    if (sections.length === 0) return;
    if (press && !press.dragging && Math.abs(event.clientY - press.y) >= DRAG) {
      press.dragging = true;
      html.classList.add("scrubbing");
    }
    if (press?.dragging) drag(event);
    else if (event.pointerType === "mouse") { const { section, place } = over(event); showBubble(section, place, event.clientY); }
  });
  const release = (event) => {
    if (!press) return;
    const { dragging, from, link } = press;
    press = null;
    html.classList.remove("scrubbing");
    if (event.pointerType !== "mouse" || dragging) hideBubble();
    if (event.type === "pointercancel") return;
    swallow = true;  // captured: the click would go to the rail, not to the link
    const { section } = over(event);
    if (dragging) {
      history.replaceState({ here: from }, "");
      history.pushState(null, "", `#${sectionAt(barHeight() + 9).id}`);
    } else go(link?.getAttribute("href") ?? `#${section.id}`);
  };
  rail.addEventListener("pointerup", release);
  rail.addEventListener("pointercancel", release);
  rail.addEventListener("pointerleave", () => { if (!press) hideBubble(); });
  rail.addEventListener("click", (event) => {
    // Only clicks without a pointer (the Enter key, a screen reader) are left to the link.
    if (swallow && event.detail > 0) event.preventDefault();
    swallow = false;
  }, true);
  rail.addEventListener("dragstart", (event) => event.preventDefault());

  rail.addEventListener("keydown", (event) => {
    const links = all(".rail a");
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || !links.includes(event.target)) return;
    event.preventDefault();
    const next = links[Math.min(Math.max(links.indexOf(event.target) + step, 0), links.length - 1)];
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus({ preventScroll: true });
  });
  rail.addEventListener("focusin", (event) => {
    const section = sections.find(({ id }) => `#${id}` === event.target.getAttribute("href"));
    if (section && event.target.matches(":focus-visible")) showBubble(section, section.at, event.target.getBoundingClientRect().top + 10);
  });
  rail.addEventListener("focusout", hideBubble);
});
