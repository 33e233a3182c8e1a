/* Does what was chosen, after the number of files was typed; and takes it back. */

const dialog = at("apply");
const field = (words, input) => make("label", {}, words, input);
const where = make("select", { id: "where" });
fill(where, [["trash", "Move them to the trash"], ["quarantine", "Move them into a folder"]]);
const into = make("input", { id: "into", type: "text", placeholder: "/whole/path/of/a/folder", spellcheck: false });
const typed = make("input", { id: "typed", type: "text", inputMode: "numeric", autocomplete: "off" });
const told = make("p", { id: "would", role: "status" });
const busy = make("progress", { hidden: true });
const act = make("button", { type: "button", className: "main" }, "Move them");
const cancel = make("button", { type: "button" }, "Cancel");
dialog.append(make("h2", {}, "Remove what was chosen"), field("How ", where), field("Folder ", into), told, field("To confirm, type that number: ", typed), busy, make("p", { className: "do" }, act, cancel));

const leftWords = (done) => {
  if (!done.left) return "";
  const more = done.left > done.why.length ? [`and ${(done.left - done.why.length).toLocaleString("en")} more`] : [];
  return ` ${counted(done.left, "picture stays", "pictures stay")}: ${[...done.why, ...more].join("; ")}.`;
};

const alongWords = (companions) => (companions ? ` (with ${counted(companions, "companion", "companions")}: sidecars, clips)` : "");

/* Asks the server, with a sign that it is at work; null where it could not be done, which is said. */
async function working(path, sent) {
  for (const one of [act, where, into, typed]) one.disabled = true;
  busy.hidden = false;
  try {
    return await ask(path, sent).then((answer) => answer.json());
  } catch (error) {
    told.textContent = error.message;
    return null;
  } finally {
    busy.hidden = true;
    for (const one of [act, where, into, typed]) one.disabled = false;
  }
}

function gone(now) {
  GONE = now;
  document.body.classList.toggle("gone", now);
  drawAgain(GROUPS);
}

if (DATA.gone) gone(true);

const chosenAction = () => ({ action: where.value, folder: into.value });

async function rehearse() {
  into.parentNode.hidden = where.value !== "quarantine";
  if (where.value === "quarantine" && !into.value) {
    told.textContent = "Which folder?";
    return;
  }
  const would = await working("apply", { ...chosenAction(), typed: null });
  if (would) told.textContent = `${counted(would.files, "file", "files")}${alongWords(would.companions)}, ${sizeWords(would.bytes)}, would go.${leftWords(would)}`;
}

at("go").addEventListener("click", async () => {
  typed.value = "";
  told.textContent = "";
  dialog.showModal();
  await SOURCE.saved();
  await rehearse();
});
for (const one of [where, into]) one.addEventListener("change", rehearse);
cancel.addEventListener("click", () => dialog.close());
act.addEventListener("click", async () => {
  const number = Number(typed.value.replace(/[ ,.]/g, ""));
  if (!typed.value || !Number.isInteger(number)) {
    told.textContent = "Type the number of files first.";
    return;
  }
  const done = await working("apply", { ...chosenAction(), typed: number });
  if (!done) return;
  dialog.close();
  const moved = where.value === "trash" ? "in the trash; emptying it frees them" : "in that folder; nothing is freed before it is emptied";
  tell(`${counted(done.files, "file is", "files are")} ${moved}.${leftWords(done)} ${done.stopped}`);
  gone(Boolean(done.journal));
});
at("back").addEventListener("click", async () => {
  at("back").disabled = true;
  const done = await working("undo", {});
  at("back").disabled = false;
  if (!done) return tell(told.textContent);
  tell(`${counted(done.files, "file was", "files were")} brought back.${leftWords(done)} ${done.stopped}`);
  gone(false);
});
