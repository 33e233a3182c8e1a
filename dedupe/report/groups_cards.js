/* A group and its pictures as elements. */

const show = (img, picture) =>
  SOURCE.small(picture).then(
    (address) => (img.src = address),
    (error) => img.replaceWith(make("span", { className: "none" }, error.message)),
  );

function thumb(group, picture) {
  if ((picture.picture < 0 && !SOURCE.large) || picture.note) {
    return make("div", { className: "thumb none" }, make("span", {}, picture.note || "no small picture"));
  }
  const img = make("img", { alt: "", decoding: "async" });
  show(img, picture);
  const button = make("button", { type: "button", className: "thumb", "aria-label": `Look closer at ${picture.name}` }, img);
  button.addEventListener("click", () => openZoom(group, picture));
  return button;
}

function said(group, picture) {
  const list = make("ul", { className: "said" });
  const line = (words, className) => words && list.append(make("li", { className: className || "" }, words));
  line(picture.why);
  line(picture.alike);
  line(picture.turn);
  line([`${picture.width}×${picture.height}`, sizeWords(picture.bytes)].join(" · "), "soft");
  line(picture.date, "soft");
  if (picture.links.length) line(`hard links: ${picture.links.join(", ")}`);
  return list;
}

function pills(group, picture) {
  const words = [];
  const [of, mine] = [group.pictures[0].label, picture.label];
  if (picture === group.pictures[0]) words.push(make("span", { className: "pill first" }, LEAK && !DATA.oneSet ? "training" : "best of the group"));
  else words.push(make("span", { className: `pill k-${picture.kind || "alike"}`, title: picture.distance }, kindWords(picture.kind)));
  if (mine !== null) {
    const other = crosses([of, mine]);
    words.push(make("span", { className: other ? "pill other" : "pill" }, other ? `other label: ${mine}` : mine));
  }
  return make("p", { className: "pills" }, ...words);
}

function buttons(group, picture) {
  const state = picture.fixed ? `${picture.fixed}: always kept` : picture.goes ? (GONE ? "gone" : "to be removed") : picture.differs ? "stays: not a duplicate" : "stays";
  const words = make("span", { className: "state" }, state);
  if (picture.fixed || GONE) return make("div", { className: "do" }, words);
  const toggle = make("button", { type: "button" }, picture.goes ? "Keep" : "Remove");
  toggle.disabled = !picture.goes && !mayGo(group, picture);
  if (toggle.disabled) toggle.title = "It was compared with none of the pictures that stay.";
  toggle.setAttribute("aria-label", `${picture.goes ? "Keep" : "Remove"} ${picture.name}`);
  toggle.addEventListener("click", () => changed(group, () => setGoes(group, picture, !picture.goes)));
  const inside = [words, toggle];
  if (picture !== group.best && compared(group, group.best, picture)) {
    const instead = make("button", { type: "button", "aria-label": `Keep ${picture.name} instead` }, "Keep this instead");
    instead.addEventListener("click", () => changed(group, () => swap(group, picture)));
    inside.push(instead);
  }
  if (SOURCE.differ && picture !== group.pictures[0] && picture.content !== group.pictures[0].content) {
    const [label, words] = picture.differs ? ["is a duplicate after all", "A duplicate after all"] : ["is not a duplicate", "Not a duplicate"];
    const differs = make("button", { type: "button", "aria-label": `${picture.name} ${label}` }, words);
    differs.addEventListener("click", () => changed(group, () => SOURCE.differ(group, picture, !picture.differs)));
    inside.push(differs);
  }
  return make("div", { className: "do" }, ...inside);
}

function card(group, picture) {
  const className = ["card", picture.goes && "goes", !LEAK && picture === group.best && "best"].filter(Boolean).join(" ");
  return make(
    "li",
    { className },
    thumb(group, picture),
    pills(group, picture),
    make("p", { className: "name" }, picture.name),
    make("p", { className: "folder soft" }, picture.folder),
    said(group, picture),
    LEAK ? "" : buttons(group, picture),
  );
}

function headline(group) {
  const copies = group.pictures.length - 1;
  if (LEAK) {
    const labels = [...new Set(pairsOf(group))].map(pairWords).join(", ");
    return `Group ${group.number}: ${labels}, ${DATA.oneSet ? counted(copies, "duplicate", "duplicates") : counted(copies, "test picture", "test pictures")}`;
  }
  const free = group.pictures.reduce((sum, one) => sum + (one.goes ? one.frees : 0), 0);
  return `Group ${group.number}: ${counted(copies, "duplicate", "duplicates")}${free ? `, ${GONE ? "moved" : "frees"} ${sizeWords(free)}` : group.pictures.some((one) => one.goes) ? ", frees nothing" : ", nothing chosen"}`;
}

function draw(group) {
  const focus = [...group.place.querySelectorAll("button")].indexOf(document.activeElement);
  group.head.textContent = headline(group);
  group.place.replaceChildren(group.head, make("ul", { className: "cards" }, ...group.pictures.map((one) => card(group, one))));
  group.drawn = true;
  if (focus >= 0) [...group.place.querySelectorAll("button")][focus]?.focus();
}
