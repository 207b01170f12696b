// Sound: click a line to play from there; the line that is being said is marked and kept in view.

const JUMP = 10;  // seconds that J goes back and L goes on
const PATIENCE = 4000;  // milliseconds in which a reader who has scrolled is left alone

starters.push(() => {
  const audio = one("#audio");
  if (!audio) return;
  let speaking = null;
  let scrolled = -PATIENCE;

  const playFrom = (seconds) => {
    audio.currentTime = seconds;
    scrolled = -PATIENCE;
    audio.play().catch((error) => say(`Cannot play: ${error.message}`));
  };
  const follow = () => {
    const line = audio.currentTime > 0 || !audio.paused ? lineAt(audio.currentTime) : null;
    if (line === speaking) return;
    speaking?.classList.remove("speaking");
    speaking?.removeAttribute("aria-current");
    speaking = line;
    if (!line) return;
    line.classList.add("speaking");
    line.setAttribute("aria-current", "time");
    const { top, bottom } = line.getBoundingClientRect();
    const away = top < barHeight() + 10 || bottom > innerHeight - 120;
    if (away && performance.now() - scrolled > PATIENCE) bring(line, "center");
  };

  for (const name of ["timeupdate", "seeked", "play"]) audio.addEventListener(name, follow);
  audio.addEventListener("error", () => say("The recording cannot be opened."));
  for (const name of ["wheel", "touchmove"]) {
    addEventListener(name, () => { scrolled = performance.now(); }, { passive: true });
  }
  document.addEventListener("click", (event) => {
    const line = event.target.closest(".said [data-t]");
    const time = event.target.closest("a.at");
    if (line && getSelection().isCollapsed) playFrom(+line.dataset.t);
    if (time) playFrom(+one("[data-t]", time.parentElement).dataset.t);
  });
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === " " && !event.target.closest("button, a, audio, summary")) {
      event.preventDefault();
      if (audio.paused) playFrom(audio.currentTime); else audio.pause();
    } else if (key === "j") audio.currentTime = Math.max(audio.currentTime - JUMP, 0);
    else if (key === "l") audio.currentTime = Math.min(audio.currentTime + JUMP, audio.duration || Infinity);
  });
});
