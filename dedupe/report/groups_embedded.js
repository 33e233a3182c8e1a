/* Where pictures come from, and where choices go: all is in this page, and it downloads a plan. */

const DATA = JSON.parse(at("data").textContent);
const SOURCE = {
  async small(picture) {
    const found = at(`p${picture.picture}`);
    if (!found) throw new Error(picture.note || "There is no small picture of it.");
    return `data:image/jpeg;base64,${found.textContent}`;
  },
  large: null,
  differ: null,
  chosen: () => {},
  save() {
    const [before, after] = [DATA.plan[0], DATA.plan.at(-1)];
    const lines = DATA.plan.slice(1, -1).map((pieces, number) => {
      const actions = DATA.groups[number].pictures.map((one) => `"action":"${one.goes ? "remove" : "keep"}"`);
      return pieces.map((piece, place) => piece + (actions[place] ?? "")).join("");
    });
    const address = URL.createObjectURL(new Blob([...before, ...lines, ...after], { type: "application/x-ndjson" }));
    make("a", { href: address, download: "plan.jsonl" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    at("then").hidden = false;
  },
};
