/* Two pictures side by side, moved and enlarged in step, with what the judge found changed. */

const zoom = at("zoom");
const view = { group: null, picture: null, scale: 1, x: 0, y: 0 };

/* All of the picture in place of the small one, and a sign while it is read. */
async function showLarge(img, picture, state) {
  state.textContent = " · reading all of it …";
  try {
    img.src = await SOURCE.large(picture);
    await img.decode();
    state.textContent = " · full size";
  } catch (error) {
    state.textContent = ` · ${error.message}`;
  }
}

function paneOf(group, picture, box) {
  const img = make("img", { alt: picture.name, draggable: false });
  const state = make("span", { className: "state soft", role: "status" });
  show(img, picture).then(() => SOURCE.large && showLarge(img, picture, state));
  const inside = make("div", { className: "moved" }, img);
  inside.style.setProperty("--shape", picture.width / picture.height);
  img.addEventListener("load", () => {
    if (!box || inside.querySelector(".box")) return;
    const [left, top, right, bottom] = box;
    const mark = make("div", { className: "box", title: "what is changed" });
    Object.assign(mark.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
    inside.append(mark);
  });
  const frame = make("div", { className: "frame" }, inside);
  return make("figure", {}, frame, make("figcaption", {}, `${picture.folder}/${picture.name} · ${picture.width}×${picture.height} · ${sizeWords(picture.bytes)}`, state));
}

/* The box is in shares of the first picture; where the other one has its shape it is the same there. */
function boxesOf(group, picture) {
  const kept = group.pictures[0];
  const box = picture.box || null;
  const same = Math.abs((kept.width * picture.height) / (kept.height * picture.width) - 1) < 0.02 && !picture.turned;
  return [box, same ? box : null];
}

function openZoom(group, picture) {
  const other = picture === group.pictures[0] ? group.pictures[1] : picture;
  Object.assign(view, { group, picture: other, scale: 1, x: 0, y: 0 });
  const [first, second] = boxesOf(group, other);
  const button = (words, label, act) => {
    const made = make("button", { type: "button", "aria-label": label }, words);
    made.addEventListener("click", act);
    return made;
  };
  const bar = make(
    "div",
    { className: "bar" },
    make("strong", {}, [kindWords(other.kind), other.why, other.alike].filter(Boolean).join(": ")),
    make("small", { className: "soft" }, other.distance),
    make("span", { className: "grow" }),
    button("‹", "Previous pair", () => stepZoom(-1)),
    button("›", "Next pair", () => stepZoom(1)),
    button("−", "Smaller", () => scaleZoom(1 / 1.5)),
    button("+", "Larger", () => scaleZoom(1.5)),
    button("Close", "Close", () => zoom.close()),
  );
  zoom.replaceChildren(bar, make("div", { className: "two" }, paneOf(group, group.pictures[0], first), paneOf(group, other, second)));
  if (!zoom.open) zoom.showModal();
  moveZoom();
}

function stepZoom(by) {
  const place = view.group.pictures.indexOf(view.picture) + by;
  if (place >= 1 && place < view.group.pictures.length) return openZoom(view.group, view.group.pictures[place]);
  const group = SHOWN[SHOWN.indexOf(view.group) + by];
  if (group) openZoom(group, by > 0 ? group.pictures[1] : group.pictures.at(-1));
}

function moveZoom() {
  for (const moved of zoom.querySelectorAll(".moved")) moved.style.transform = `translate(${view.x}%, ${view.y}%) scale(${view.scale})`;
}

function scaleZoom(factor) {
  const scale = Math.min(16, Math.max(1, view.scale * factor));
  view.x *= scale / view.scale;
  view.y *= scale / view.scale;
  view.scale = scale;
  if (scale === 1) view.x = view.y = 0;
  moveZoom();
}

zoom.addEventListener("wheel", (event) => {
  event.preventDefault();
  scaleZoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
}, { passive: false });

let held = null;
zoom.addEventListener("pointerdown", (event) => {
  const frame = event.target.closest(".frame");
  if (!frame) return;
  held = { x: event.clientX, y: event.clientY, frame };
  frame.setPointerCapture(event.pointerId);
});
zoom.addEventListener("pointermove", (event) => {
  if (!held || view.scale === 1) return;
  const most = 50 * view.scale;
  const moved = (value, by, size) => Math.max(-most, Math.min(most, value + (100 * by) / size));
  view.x = moved(view.x, event.clientX - held.x, held.frame.clientWidth);
  view.y = moved(view.y, event.clientY - held.y, held.frame.clientHeight);
  Object.assign(held, { x: event.clientX, y: event.clientY });
  moveZoom();
});
for (const end of ["pointerup", "pointercancel"]) zoom.addEventListener(end, () => (held = null));
zoom.addEventListener("keydown", (event) => {
  const act = { ArrowLeft: () => stepZoom(-1), ArrowRight: () => stepZoom(1), "+": () => scaleZoom(1.5), "-": () => scaleZoom(1 / 1.5) }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
