/* What goes and what stays. A picture goes only while one stays that it was compared with. */

const GROUPS = DATA.groups.map((group, number) => Object.assign(group, { number: number + 1, best: group.pictures[0] }));
const PICTURES = GROUPS.flatMap((group) => group.pictures);

/* Members were compared with the first picture alone, and so were their copies. */
function compared(group, a, b) {
  if (a.differs || b.differs) return false; /* somebody said that they are no duplicates */
  const first = group.pictures[0].content;
  return a.content === b.content || a.content === first || b.content === first;
}

function mayGo(group, picture) {
  const stays = (other) => other !== picture && !other.goes && compared(group, other, picture);
  return !picture.fixed && group.pictures.some(stays);
}

function settle(group) {
  for (const picture of group.pictures) if (picture.goes && !mayGo(group, picture)) picture.goes = false;
  if (group.best.goes) group.best = group.pictures.find((picture) => !picture.goes);
}

function setGoes(group, picture, goes) {
  picture.goes = goes && mayGo(group, picture);
  settle(group);
}

/* Keeps this one in place of the one that was kept. */
function swap(group, picture) {
  const before = group.best;
  picture.goes = false;
  group.best = picture;
  setGoes(group, before, before !== picture && compared(group, before, picture));
}

const RULES = [
  ["usual", "what is no loss: same file, same pixels, saved again"],
  ["bytes", "equal files only"],
  ["all", "all but one of each group"],
  ["folder", "what lies in the folder chosen above"],
  ["pixels", "all but the one with most pixels"],
  ["oldest", "all but the oldest"],
  ["none", "nothing"],
];

const first = (pictures, before) => pictures.reduce((best, one) => (before(one, best) ? one : best));
const BEST = {
  pixels: (group) => first(group.pictures, (a, b) => a.width * a.height > b.width * b.height),
  oldest: (group) => first(group.pictures, (a, b) => a.when && (!b.when || a.when < b.when)),
};

/* Whether what goes has gone: then nothing can be chosen until it is back. */
let GONE = false;

/* What groups were like, so that a choice can be taken back. */
const before = [];

function remember(groups) {
  before.push(groups.map((group) => [group, group.best, group.pictures.map((one) => [one.goes, one.differs])]));
}

function takeBack() {
  const groups = before.pop() || [];
  for (const [group, best, states] of groups) {
    group.best = best;
    group.pictures.forEach((one, place) => ([one.goes, one.differs] = states[place]));
  }
  return groups.map(([group]) => group);
}

function choose(group, rule, folder) {
  for (const picture of group.pictures) picture.goes = false;
  group.best = BEST[rule] ? BEST[rule](group) : group.pictures[0];
  const wanted = (picture) => {
    if (rule === "none" || picture === group.best) return false;
    if (rule === "usual") return DATA.removed.includes(picture.kind);
    if (rule === "bytes") return picture.kind === "same-bytes";
    return true;
  };
  const going = rule === "folder" ? group.pictures.filter((one) => within(one, folder)) : group.pictures.filter(wanted);
  for (const picture of going.reverse()) setGoes(group, picture, true);
}

const within = (picture, folder) => picture.folder === folder || picture.folder.startsWith(`${folder}/`);
