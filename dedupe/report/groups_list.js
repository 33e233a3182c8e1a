/* The list: which groups are shown, in what order; they are drawn when they come near the window. */

const LEAK = DATA.command === "leak";
const list = at("groups");

/* Groups near the window that are to be drawn, a few a frame: those that are still near when their turn comes. */
const coming = new Set();
const FRAME = 5; /* milliseconds */

function drawSome() {
  const until = performance.now() + FRAME;
  for (const group of coming) {
    coming.delete(group);
    if (!group.drawn) draw(group);
    if (performance.now() > until) break;
  }
  if (coming.size) requestAnimationFrame(drawSome);
}

const near = new IntersectionObserver(
  (entries) => {
    const idle = !coming.size;
    for (const entry of entries) {
      if (entry.isIntersecting) coming.add(entry.target.group);
      else coming.delete(entry.target.group);
    }
    if (idle && coming.size) requestAnimationFrame(drawSome);
  },
  { rootMargin: "1200px 0px" },
);

/* Values that groups have, each with how many, the most frequent first. */
function tally(valuesOf, words) {
  const counts = new Map();
  for (const group of GROUPS) for (const value of new Set(valuesOf(group))) counts.set(value, (counts.get(value) || 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted.map(([value, count]) => [value, `${words(value)} (${count.toLocaleString("en")})`]);
}

const kindsOf = (group) => group.pictures.slice(1).map((one) => one.kind);
const pairsOf = (group) =>
  group.pictures.slice(1).map((one) => JSON.stringify([group.pictures[0].label, one.label]));
const crosses = ([train, test]) => train !== null && test !== null && train !== test;
const pairWords = (value) => {
  const [train, test] = JSON.parse(value).map((label) => label ?? "no label");
  return train === test ? train : `${train} → ${test}`;
};
const crossFirst = (entries) => {
  const other = ([value]) => crosses(JSON.parse(value));
  return [...entries.filter(other), ...entries.filter((entry) => !other(entry))];
};
const foldersOf = (group) => group.pictures.map((one) => one.folder);
for (const group of GROUPS) {
  group.head = make("h2", { tabIndex: -1 });
  group.place = make("section", { className: "group" }, group.head);
  group.place.group = group;
  group.frees = group.pictures.slice(1).reduce((sum, one) => sum + (LEAK || DATA.removed.includes(one.kind) ? one.frees : 0), 0);
  group.text = group.pictures.map((one) => `${one.folder}/${one.name}`).join("\n").toLowerCase();
  settle(group);
  if (LEAK && pairsOf(group).some((pair) => crosses(JSON.parse(pair)))) group.place.classList.add("other");
  group.head.textContent = headline(group);
}

const FOLDERS = 300;

fill(at("kind"), [["*", "all"], ...tally(kindsOf, kindWords)]);
if (LEAK) fill(at("labels"), [["*", "all"], ...crossFirst(tally(pairsOf, pairWords))]);
fill(at("folder"), [["*", "all"], ...tally(foldersOf, (folder) => folder).slice(0, FOLDERS)]);
fill(at("size"), [["0", "any"], ["1e5", "100 kB and more"], ["1e6", "1 MB and more"], ["1e7", "10 MB and more"]]);

const SORTS = {
  frees: ["frees most", (a, b) => b.frees - a.frees],
  most: ["most pictures", (a, b) => b.pictures.length - a.pictures.length],
  newest: ["newest", (a, b) => b.pictures[0].when - a.pictures[0].when],
  oldest: ["oldest", (a, b) => a.pictures[0].when - b.pictures[0].when],
  name: ["folder and name", (a, b) => (a.text < b.text ? -1 : 1)],
};
const sorts = Object.entries(SORTS).map(([value, [words]]) => [value, words]);
fill(at("sort"), LEAK ? [["", "other labels first"], ...sorts] : sorts);

let SHOWN = [];

function fits(group) {
  const [kind, folder] = [at("kind").value, at("folder").value];
  if (kind !== "*" && !kindsOf(group).includes(kind)) return false;
  if (LEAK && at("labels").value !== "*" && !pairsOf(group).includes(at("labels").value)) return false;
  if (folder !== "*" && !foldersOf(group).includes(folder)) return false;
  return group.pictures.some((one) => one.bytes >= Number(at("size").value)) && group.text.includes(at("find").value.trim().toLowerCase());
}

function arrange() {
  near.disconnect();
  SHOWN = GROUPS.filter(fits);
  const sort = SORTS[at("sort").value];
  if (sort) SHOWN.sort((a, b) => sort[1](a, b) || a.number - b.number);
  list.replaceChildren(...SHOWN.map((group) => group.place));
  for (const group of SHOWN) near.observe(group.place);
  at("count").textContent =
    SHOWN.length === GROUPS.length ? counted(GROUPS.length, "group", "groups") : `${SHOWN.length.toLocaleString("en")} of ${counted(GROUPS.length, "group", "groups")}`;
  if (!SHOWN.length) list.append(make("p", { className: "soft" }, GROUPS.length ? "No group is like that; clear “Find” and choose “all” above." : "There are no groups."));
}
