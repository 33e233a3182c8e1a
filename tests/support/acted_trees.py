"""A small tree with duplicates of all sorts, its plan, and runs of apply and undo on it in processes that may be killed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

from made_plans import made_plan

CALLS = (
    *(
        "rename",
        "renameat",
        "renameat2",
        "link",
        "linkat",
        "symlink",
        "symlinkat",
        "unlink",
        "unlinkat",
        "mkdir",
        "mkdirat",
    ),
    *(
        "openat",
        "write",
        "pwrite64",
        "fsync",
        "fdatasync",
        "ftruncate",
        "fchmod",
        "fchown",
        "utimensat",
        "fsetxattr",
        "ioctl",
    ),
)
"""What changes files, or may; of `openat` those that make one."""

RUN = "import sys; from dedupe import actions; actions.{}"


@dataclass(frozen=True)
class Tree:
    """A folder with pictures to be kept and duplicates, its plan, and where trash, quarantine and journals are."""

    root: Path
    plan: Path
    home: Path
    quarantine: Path

    @property
    def places(self) -> list[Path]:
        return [self.root, self.home, self.quarantine]


def sidecar(says: str) -> bytes:
    """An XMP file that says one thing."""
    spaces = "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/'"
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    return f"<r:RDF xmlns:r='{rdf}'><r:Description r:about='' {spaces} {says}/></r:RDF>".encode()


def made_tree(place: Path, quarantine: Path | None = None) -> Tree:
    """Two groups: a picture with a sidecar and two exact copies, one of these with a sidecar; a re-encoded one."""
    root, home = place / "photos", place / "home"
    for name, content in {
        "a/IMG_1.jpg": b"one" * 50,
        "a/IMG_1.xmp": sidecar("dc:format='image/jpeg'"),
        "b/IMG_1.jpg": b"one" * 50,
        "b/IMG_1.xmp": sidecar("xmp:Rating='4'"),
        "b/two.jpg": b"two" * 40,
        "c/one again.jpg": b"one" * 50,
        "c/two small.jpg": b"two",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o640)
        os.utime(path, ns=(1_500_000_000_123_456_789, 1_400_000_000_987_654_321 + len(content)))
    home.mkdir()
    one = (root / "a/IMG_1.jpg", [(root / "b/IMG_1.jpg", "same-bytes"), (root / "c/one again.jpg", "same-bytes")])
    two = (root / "b/two.jpg", [(root / "c/two small.jpg", "re-encoded")])
    plan = made_plan(place / "plan.jsonl", root, one, two)
    return Tree(root, plan, home, quarantine or place / "quarantine")


def copy_of(tree: Tree, place: Path, quarantine: Path | None = None) -> Tree:
    """The same tree elsewhere, with its plan."""
    shutil.rmtree(place, ignore_errors=True)
    return made_tree(place, quarantine)


def state(tree: Tree) -> dict[str, tuple[object, ...]]:
    """All files of the root: mode, time, what they hold, and a link's target."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(tree.root.rglob("*")):
        about = path.lstat()
        if path.is_symlink():
            found[str(path.relative_to(tree.root))] = (str(path.readlink()),)
        elif path.is_file():
            xattrs = xattrs_of(path)
            digest = blake2b(path.read_bytes()).hexdigest()
            one = about.st_nlink == 1
            found[str(path.relative_to(tree.root))] = (about.st_mode, about.st_mtime_ns, digest, one, str(xattrs))
    return found


def xattrs_of(path: Path) -> dict[str, bytes]:
    """A file's extended attributes; none where the system or the disk has no such."""
    if not hasattr(os, "listxattr"):
        return {}
    try:
        return {name: os.getxattr(path, name) for name in os.listxattr(path)}
    except OSError:
        return {}


def contents(tree: Tree) -> set[str]:
    """What all files hold that are the user's, wherever they are."""
    found = set()
    for place in tree.places:
        for path in place.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.suffix not in (".jsonl", ".trashinfo"):
                found.add(blake2b(path.read_bytes()).hexdigest())
    return found


def environment(tree: Tree) -> dict[str, str]:
    known = {
        "XDG_DATA_HOME": str(tree.home),
        "DEDUPE_DATA": str(tree.home / "data"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return {**os.environ, **known}


def command(tree: Tree, verb: str, action: str) -> list[str]:
    """A process that applies the tree's plan, or takes that back; an action that ends with "merged" merges metadata."""
    words = f"action={action.removesuffix(' merged')!r}, merge_metadata={action.endswith(' merged')}, yes=True"
    call = f"apply({str(tree.plan)!r}, {words})" if verb == "apply" else "undo()"
    return [sys.executable, "-c", RUN.format(call)]


def run(tree: Tree, verb: str, action: str, *prefix: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, *command(tree, verb, action)], env=environment(tree), capture_output=True, text=True, timeout=60
    )


def moments(tree: Tree, verb: str, action: str, log: Path) -> Iterator[tuple[str, int]]:
    """Each system call of a run that changes files, by its name and which one of that name it is in the process."""
    _compile()
    ran = run(tree, verb, action, *strace(log, f"trace={','.join(CALLS)}"))
    assert ran.returncode == 0, ran.stderr
    seen: Counter[str] = Counter()
    for line in log.read_text(errors="replace").splitlines():
        found = re.match(r"(?:\d+ +)?(\w+)\((.*)", line)
        if found and found[1] in CALLS:
            seen[found[1]] += 1
            if _changes(found[1], found[2]):
                yield found[1], seen[found[1]]


@cache
def _compile() -> None:
    """Has Python write what it compiles, so that all later runs make the same calls."""
    subprocess.run([sys.executable, "-c", "import dedupe.actions"], check=True)


def _changes(call: str, rest: str) -> bool:
    if call == "openat":
        return "O_CREAT" in rest
    if call == "write":
        return not rest.startswith(("1,", "2,"))
    return call != "ioctl" or "FICLONE" in rest


def strace(log: Path, *expressions: str) -> list[str]:
    return ["strace", "-f", "-qq", "-o", str(log), *(word for each in expressions for word in ("-e", each))]


def injected(
    tree: Tree, verb: str, action: str, moment: tuple[str, int], fault: str
) -> subprocess.CompletedProcess[str]:
    """A run in which a system call fails, or kills."""
    call, number = moment
    what = "signal=KILL" if fault == "KILL" else f"error={fault}"
    log = tree.root.parent / "strace.log"
    return run(tree, verb, action, *strace(log, f"trace={call}", f"inject={call}:{what}:when={number}"))


Known = Mapping[str, tuple[object, ...]]
