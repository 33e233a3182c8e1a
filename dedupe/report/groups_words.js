"use strict";
/* Elements and words. Text from files only ever becomes text, never markup. */

const at = (id) => document.getElementById(id);

/* An element with properties (those with a dash are attributes) and what is inside it: elements and texts. */
function make(tag, given, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given || {})) {
    if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...inside.filter((one) => one !== null && one !== ""));
  return made;
}

function sizeWords(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 999.5 && unit < units.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${unit === 0 || bytes >= 99.5 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

const counted = (count, one, several) => `${count.toLocaleString("en")} ${count === 1 ? one : several}`;

const KINDS = {
  "same-bytes": "same file",
  "same-pixels": "same pixels",
  "re-encoded": "saved again",
  adjusted: "adjusted",
  edited: "edited",
  variant: "variant",
  similar: "another shot",
  "": "looks alike",
};
const kindWords = (kind) => KINDS[kind] ?? kind;

/* A chooser of [value, words] pairs. */
function fill(select, entries) {
  select.replaceChildren(...entries.map(([value, words]) => make("option", { value }, words)));
}
