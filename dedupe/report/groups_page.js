/* The tools above the list, and the keys. */

const KEYS = [
  ["j, k", "next group, group before"],
  ["/", "find a name or folder"],
  ["Enter", "on a picture: look closer, both side by side"],
  ["x", "on a picture: remove it, or keep it after all"],
  ["m", "on a picture: keep it in place of the one that is kept"],
  ["u", "take the last choice back"],
  ["← →", "while looking closer: pair before, next pair"],
  ["+ −", "while looking closer: larger, smaller; drag to move"],
  ["?", "these keys"],
];

function total() {
  if (LEAK) return;
  const going = PICTURES.filter((one) => one.goes);
  const bytes = going.reduce((sum, one) => sum + one.frees, 0);
  at("chosen").textContent = going.length ? `${counted(going.length, "picture", "pictures")} ${GONE ? "gone" : "to be removed"}, ${sizeWords(bytes)}.` : "Nothing is to be removed.";
}

function drawAgain(groups) {
  for (const group of groups) {
    group.head.textContent = headline(group);
    if (group.drawn) draw(group);
  }
  total();
}

function shown(groups) {
  drawAgain(groups);
  at("undo").disabled = !before.length;
  SOURCE.chosen(groups);
}

function changed(group, act) {
  if (GONE) return;
  remember([group]);
  act();
  shown([group]);
}

function toGroup(by) {
  const heads = SHOWN.map((group) => group.head);
  const now = document.activeElement?.closest?.(".group")?.group;
  const place = Math.max(0, Math.min(heads.length - 1, now ? SHOWN.indexOf(now) + by : 0));
  if (!heads[place]) return;
  SHOWN[place].place.scrollIntoView({ block: "start" });
  if (!SHOWN[place].drawn) draw(SHOWN[place]);
  heads[place].focus({ preventScroll: true });
}

/* The picture whose card has the focus. */
function focused() {
  const place = document.activeElement?.closest?.(".card");
  const group = place?.closest(".group").group;
  return group ? [group, group.pictures[[...place.parentNode.children].indexOf(place)]] : null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const mine = LEAK ? null : focused();
  const act = {
    j: () => toGroup(1),
    k: () => toGroup(-1),
    "/": () => at("find").focus(),
    "?": () => at("keys").showModal(),
    x: () => mine && changed(mine[0], () => setGoes(mine[0], mine[1], !mine[1].goes)),
    u: () => LEAK || GONE || shown(takeBack()),
    m: () => mine && changed(mine[0], () => swap(...mine)),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

at("keys").append(
  make("h2", {}, "Keys"),
  make("dl", {}, ...KEYS.flatMap(([key, words]) => [make("dt", {}, key), make("dd", {}, words)])),
  make("form", { method: "dialog" }, make("button", {}, "Close")),
);
at("show-keys").addEventListener("click", () => at("keys").showModal());
for (const chooser of at("tools").querySelectorAll("select")) chooser.addEventListener("change", arrange);
let waiting = 0;
at("find").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(arrange, 150);
});
at("tools").addEventListener("submit", (event) => event.preventDefault());

if (!LEAK) {
  fill(at("rule"), RULES);
  at("save")?.addEventListener("click", () => SOURCE.save());
  at("apply-rule").addEventListener("click", () => {
    const [rule, folder] = [at("rule").value, at("folder").value];
    if (rule === "folder" && folder === "*") {
      at("chosen").textContent = "Choose a folder above first.";
      return;
    }
    remember(SHOWN);
    for (const group of SHOWN) choose(group, rule, folder);
    shown(SHOWN);
  });
  at("undo").addEventListener("click", () => shown(takeBack()));
}
arrange();
total();
