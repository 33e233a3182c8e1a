/* Where pictures come from, and where choices go: a server on this machine, which wants a key with every request. */

/* The key stands behind the # of the address, which is not sent; it is taken away from there at once. */
function takeKey() {
  const key = location.hash.slice(1) || sessionStorage.getItem("key") || "";
  history.replaceState(null, "", location.pathname);
  sessionStorage.setItem("key", key);
  return key;
}

const KEY = takeKey();

async function ask(path, sent) {
  const body = sent && JSON.stringify(sent);
  const asked = { method: sent ? "POST" : "GET", headers: { "X-Dedupe-Key": KEY }, cache: "no-store", body };
  const answer = await fetch(path, asked).catch(() => {
    throw new Error("dedupe review has ended; start it again.");
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

const pictureAt = (path) => ask(path).then((answer) => answer.blob()).then((blob) => URL.createObjectURL(blob));

function tell(words) {
  at("saved").textContent = words;
}

const DATA = await ask("data").then((answer) => answer.json()).catch((error) => {
  document.querySelector("main").append(make("p", { role: "alert" }, error.message));
  throw error;
});
at("command").textContent = DATA.command_line;
for (const words of DATA.notes) at("notes").append(make("li", {}, words));

const small = new Map();
const large = new Map();
const LARGE = 8; /* that are kept */
const known = new Map(); /* what the server knows of each picture */
const unsaved = new Set();
let saving = null;

for (const picture of DATA.groups.flatMap((group) => group.pictures)) known.set(picture, { goes: picture.goes, differs: picture.differs });

/* One request at a time; what is chosen meanwhile goes with the next one. */
async function save() {
  const sent = { actions: {}, differs: {} };
  const now = [...unsaved].map((picture) => [picture, { goes: picture.goes, differs: picture.differs }]);
  unsaved.clear();
  for (const [picture, state] of now) {
    if (state.goes !== known.get(picture).goes) sent.actions[picture.row] = state.goes ? "remove" : "keep";
    if (state.differs !== known.get(picture).differs) sent.differs[picture.row] = state.differs;
  }
  try {
    if (Object.keys(sent.actions).length || Object.keys(sent.differs).length) await ask("decide", sent);
    for (const [picture, state] of now) known.set(picture, state);
    tell("Saved.");
  } catch (error) {
    for (const [picture] of now) unsaved.add(picture);
    tell(`Not saved: ${error.message}`);
    return;
  } finally {
    saving = null;
  }
  if (unsaved.size) saving = save();
}

const SOURCE = {
  small(picture) {
    if (!small.has(picture.row)) small.set(picture.row, pictureAt(`small/${picture.row}`));
    return small.get(picture.row);
  },
  large(picture) {
    if (!large.has(picture.row)) large.set(picture.row, pictureAt(`large/${picture.row}`));
    const found = large.get(picture.row);
    found.catch(() => large.delete(picture.row));
    while (large.size > LARGE) {
      const [row, oldest] = large.entries().next().value;
      large.delete(row);
      oldest.then(URL.revokeObjectURL, () => {});
    }
    return found;
  },
  /* When all is saved, or cannot be. */
  async saved() {
    while (saving) await saving;
  },
  differ(group, picture, differs) {
    picture.differs = differs;
    picture.goes = false;
    settle(group);
  },
  chosen(groups) {
    for (const group of groups) for (const picture of group.pictures) unsaved.add(picture);
    tell("Saving …");
    saving ??= save();
  },
};
addEventListener("beforeunload", (event) => {
  if (unsaved.size || saving) event.preventDefault();
});
