// Copying a section's text, or the link to it.

function textOf(section) {
  const lines = [one("h2", section).textContent, one(".span", section).textContent.trim(), ""];
  for (const paragraph of all(".par", section)) {
    const who = one(".who", paragraph);
    lines.push((who ? `${who.textContent}: ` : "") + one(".said", paragraph).textContent);
  }
  return lines.join("\n") + "\n";
}

async function copy(text) {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");  // pages that are not served over https have nothing else
  area.remove();
  if (!done) throw new Error("the browser does not allow copying");
}

starters.push(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const section = button.closest("section");
    const link = button.dataset.copy === "link";
    try {
      await copy(link ? `${location.href.split("#")[0]}#${section.id}` : textOf(section));
      say(link ? "Link copied" : "Section copied");
    } catch (error) {
      say(`Not copied: ${error.message}`);
    }
  });
});
