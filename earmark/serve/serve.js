// The server's own pages: opening files, the search key, and a list that follows what happens in the folder.

"use strict";
document.documentElement.classList.add("js");

const find = document.querySelector(".find input[type=search]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !find) return;
  if (event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  find.focus();
  find.select();
});

const outcome = document.getElementById("outcome");

function say(text, failed = false) {
  outcome.textContent = text;
  outcome.classList.toggle("failed", failed);
}

async function open(file) {
  const answer = await fetch(`/api/recordings?name=${encodeURIComponent(file.name)}`, {
    method: "POST", body: file, headers: { "Content-Type": "application/octet-stream", Accept: "application/json" },
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error([body.error, body.advice].filter(Boolean).join(" "));
  return body;
}

async function openAll(files) {
  const failures = [];
  let last = null;
  for (const [number, file] of files.entries()) {
    say(files.length > 1 ? `Reading ${file.name} (${number + 1} of ${files.length})…` : `Reading ${file.name}…`);
    try { last = await open(file); } catch (error) {
      failures.push(`${file.name}: ${error instanceof TypeError ? "the server does not answer. Is it still running?" : error.message}`);
    }
  }
  if (failures.length) say(failures.join("\n"), true);
  else if (files.length === 1 && last) location.assign(last.url);
  else say(`${files.length} recordings are there.`);
  if (files.length > 1) follow();
}

if (outcome) {
  const chooser = document.getElementById("file");
  chooser.addEventListener("change", () => { openAll([...chooser.files]); chooser.value = ""; });
  let depth = 0;  // entering a child comes before leaving its parent
  const holds = (event) => event.dataTransfer?.types.includes("Files");
  const over = (on) => document.body.classList.toggle("dropping", on);
  addEventListener("dragenter", (event) => { if (holds(event)) { event.preventDefault(); depth += 1; over(true); } });
  addEventListener("dragover", (event) => { if (holds(event)) event.preventDefault(); });
  addEventListener("dragleave", (event) => { if (holds(event)) { depth -= 1; over(depth > 0); } });
  addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    depth = 0;
    over(false);
    if (event.dataTransfer.files.length) openAll([...event.dataTransfer.files]);
  });
  setInterval(() => { if (!document.hidden) follow(); }, 4000);
}

let asked = false;
async function follow() {
  if (asked) return;
  asked = true;
  try {
    const answer = await fetch("/", { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("recordings");
    const shown = document.getElementById("recordings");
    const open = shown.querySelector("details")?.open;
    if (!fresh || fresh.innerHTML === follow.last) return;
    const first = follow.last === undefined;
    follow.last = fresh.innerHTML;
    if (first && fresh.textContent === shown.textContent) return;
    const focused = shown.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    shown.replaceChildren(...document.adoptNode(fresh).childNodes);
    const details = shown.querySelector("details");
    if (details && open) details.open = true;
    if (focused) shown.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;  // the server is away: the list stays as it is
  } finally { asked = false; }
}
