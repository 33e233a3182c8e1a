"""Pictures at addresses are scanned as those in the file system are, and no secret of an address is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import dedupe as library
from archives import in_folder, parquet, pictures, tarred, zipped
from dedupe.errors import DedupeError, PictureError, UsageError
from dedupe.model.addresses import bare, is_address
from dedupe.processes.child import METHOD
from dedupe.report import relative
from dedupe.results import export
from served import Served, served

fsspec = pytest.importorskip("fsspec", reason="the extra [remote] is not installed")
pytest.importorskip("aiohttp", reason="the extra [remote] is not installed")
OPENING, TROUBLE = import_module("dedupe.describe.remote.opening"), import_module("dedupe.describe.remote.trouble")

HASH = {"descriptor": "pdq", "workers": 1}
JUDGED = {**HASH, "cache": "none"}
NEW = {**JUDGED, "judge": False}


@pytest.fixture(autouse=True)
def fetched_anew() -> Iterator[None]:
    """Forked, the process that fetches has what memory:// held when it was started."""
    OPENING.forget()
    yield
    OPENING.forget()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """Archives, a table and a folder with the same pictures, by path."""
    held = pictures()
    made = [
        tarred(held, tmp_path / "a.tar"),
        zipped(held, tmp_path / "a.zip"),
        tarred(held, tmp_path / "a.tgz", mode="w:gz"),
    ]
    return {f"/d/{path.name}": path.read_bytes() for path in made} | {f"/d/set/{name}": held[name] for name in held}


@pytest.fixture
def memory(files: dict[str, bytes]) -> Iterator[dict[str, bytes]]:
    if METHOD != "fork":
        pytest.skip("where processes start afresh, memory:// is empty in the one that fetches")
    fs = fsspec.filesystem("memory")
    for name, data in files.items():
        fs.pipe(name, data)
    yield files
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]


def seen(result) -> tuple:
    groups = [
        (group.kept.digest, [(one.file.digest, one.kind, dict(one.distance)) for one in group.members])
        for group in result
    ]
    return groups, [one.reason for one in result.failures], result.summary.files


@pytest.mark.parametrize("name", ["a.tar", "a.tgz", "set"])
def test_what_is_in_memory_is_as_what_is_in_a_folder(name, memory, tmp_path):
    result = library.scan(f"memory://d/{name}", **HASH)
    assert seen(result) == seen(library.scan(in_folder(pictures(), tmp_path / "set"), **JUDGED)) and result.groups
    paths = {one.path.decode().rpartition("/")[0] for one in result.kept}
    assert paths == {f"memory://d/{name}::{folder}" for folder in "ac"}
    again = library.scan(f"memory://d/{name}", **HASH)
    assert seen(again) == seen(result) and again.summary.described == 0


def test_rows_of_a_table_are_read_by_address(memory, tmp_path):
    pa = pytest.importorskip("pyarrow", reason="the extra [tables] is not installed")
    path = parquet(pa.table({"image": [*pictures().values()], "label": list("abcdefgh")}), tmp_path / "t.parquet")
    fsspec.filesystem("memory").pipe("/d/t.parquet", path.read_bytes())
    found = library.leak("memory://d/t.parquet", **NEW)
    assert found.summary.train == 6 and found.summary.cross_label == found.summary.leaked > 0


def test_a_file_that_has_changed_is_read_again(memory):
    fs, held = fsspec.filesystem("memory"), pictures()
    library.scan("memory://d/set", **HASH)
    before = library.scan("memory://d/set", **HASH)
    fs.pipe("/d/set/a/first.jpg", held["c/other.jpg"])
    OPENING.forget()
    after = library.scan("memory://d/set", **HASH)
    assert (before.summary.contents, after.summary.contents) == (5, 5) and seen(after) != seen(before)


@pytest.mark.parametrize("how", [{}, {"ranges": False}, {"ranges": False, "sized": False}, {"busy": 6}], ids=str)
def test_a_server_is_read_by_ranges_or_in_order_and_may_be_busy(how, files, tmp_path, monkeypatch):
    monkeypatch.setattr(TROUBLE, "FIRST_WAIT", 0.01)
    folder = seen(library.scan(in_folder(pictures(), tmp_path / "set"), **NEW))
    with served(files, **how) as server:
        for name in ("a.zip",) if "ranges" in how else ("a.tar", "set/"):
            assert seen(library.scan(f"{server.url}/d/{name}", **NEW)) == folder
        assert server.asked["GET /d/a.tar"] < 40


def test_one_picture_at_an_address_is_looked_for_and_compared(files, tmp_path):
    folder = in_folder(pictures(), tmp_path / "set")
    with served(files) as server:
        url = server.url.replace("//", "//me:word@") + "/d/set/a/first.jpg?sig=SECRET/x"
        found = library.find(url, folder, **JUDGED)
        assert {Path(one.file.path_str).name for one in found.matches if one.kind == "same-bytes"} == {
            "first.jpg",
            "again.jpg",
        }
        said = library.compare(url, f"{server.url}/d/a.tar::a/again.jpg", **JUDGED).judgement
        assert said is not None and said.kind == "same-bytes"
        assert len(library.find(folder / "a/first.jpg", f"{server.url}/d/set/", **JUDGED).matches) == 4
        with pytest.raises(UsageError, match=r"^http://[0-9.:]*/d/a\.tar holds many pictures; name one of them"):
            library.find(f"{server.url}/d/a.tar?sig=SECRET", folder, **JUDGED)
        assert "SECRET" not in str(found.to_dict()) and "word@" not in str(found.to_dict())


def test_of_a_large_archive_what_is_needed_is_read_once(tmp_path):
    data, fill = pictures()["a/first.jpg"], bytes(10 << 20)
    whole = {
        "/a.tar": tarred(
            {"a.jpg": data, "0.bin": fill, "b.jpg": data, "1.bin": fill, "c.jpg": data}, tmp_path / "a.tar"
        ).read_bytes()
    }
    for how, most in (({}, 10 << 20), ({"ranges": False}, 21 << 20)):
        with served(whole, **how) as server:
            result = library.scan(f"{server.url}/a.tar", **{**NEW, "workers": 2})
            assert result.summary.files == 3 and not result.failures and 0 < server.sent < most
        OPENING.forget()


def test_redirects_keep_to_the_scheme_and_leave_private_networks_alone(files, monkeypatch):
    monkeypatch.setattr(TROUBLE, "FIRST_WAIT", 0.01)
    with served(files) as server, served(files) as other:
        leads = {
            "other": other.url.replace("127.0.0.1", "localhost") + "/d/a.tar",
            "link": "http://169.254.169.254/d/a.tar",
            "mapped": "http://[::ffff:10.0.0.1]/d/a.tar",
            "scheme": "https://127.0.0.1/d/a.tar",
            "file": "file:///etc/passwd",
        }
        server.leads |= {f"/{name}.tar": to for name, to in leads.items()} | {"/same.tar": f"{other.url}/d/a.tar"}
        for name in leads:
            why = "leads from http to" if name in ("scheme", "file") else "leads to a machine of a private network"
            with pytest.raises(DedupeError, match=f"The server {why}.*, which is not followed"):
                library.scan(f"{server.url}/{name}.tar", **NEW)
        assert not other.asked
        assert library.scan(f"{server.url}/same.tar", **NEW).summary.files == 6, "the user has named this host"


def test_what_cannot_be_had_is_said_in_a_sentence(files, memory, monkeypatch):
    monkeypatch.setattr(TROUBLE, "FIRST_WAIT", 0.01)
    wrong = {
        "memory://d/none.tar": (DedupeError, "It is not there"),
        "memory://nothing": (DedupeError, "It is not there"),
        "http://127.0.0.1:9/a.tar": (DedupeError, "Its server cannot be reached"),
        "unknown://x/a.tar": (UsageError, "Protocol not known"),
        "memory://d/list.csv": (UsageError, "lists are read from files; fetch it, and name the copy"),
    }
    for url, (error, sentence) in wrong.items():
        with pytest.raises(error, match=sentence):
            library.scan(url, **NEW)
    with served(files, password=True) as server:
        with pytest.raises(DedupeError, match="It needs credentials"):
            library.scan(f"{server.url}/d/a.tar", **NEW)
        assert library.scan(server.url.replace("//", "//me:word@") + "/d/a.tar", **NEW).summary.files == 6
    with served(files, busy=1) as server, pytest.raises(DedupeError, match="Its server is busy"):
        library.scan(f"{server.url}/d/a.tar", **NEW)
    monkeypatch.setattr(OPENING, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"addresses need fsspec: pip install '\.\[remote\]'"):
        library.scan("memory://d/a.tar", **NEW)


def test_what_ends_before_its_server_said_is_listed(monkeypatch):
    monkeypatch.setattr(TROUBLE, "FIRST_WAIT", 0.01)
    data = pictures()["a/first.jpg"]
    with served({"/x.jpg": data}, more=50) as server:
        result = library.scan(f"{server.url}/x.jpg", **NEW)
    assert [(one.reason, one.message) for one in result.failures] == [
        ("unreadable", "What its server sends ends early, or cannot be unpacked.")
    ]


def test_a_picture_that_is_gone_or_another_one_meanwhile_is_listed(files, monkeypatch):
    with served(files) as server:
        met = OPENING.at_url

        def then_gone(url, sources):
            found = met(url, sources)
            del server.files["/d/set/a/again.jpg"]  # type: ignore[attr-defined]
            server.files["/d/set/b/small.png"] = b"another"  # type: ignore[index]
            return found

        monkeypatch.setattr(OPENING, "at_url", then_gone)
        result = library.scan(f"{server.url}/d/set/", **NEW)
    assert sorted(one.reason for one in result.failures) == ["changed", "truncated", "vanished"]


def test_addresses_in_a_list_are_followed_where_that_is_asked_for_and_to_public_machines_alone(memory, tmp_path):
    (folder := tmp_path / "list").mkdir()
    with served({"/x.jpg": pictures()["a/first.jpg"]}) as server:
        rows = [f"memory://d/set/{name}" for name in ("a/first.jpg", "a/again.jpg", "c/other.jpg", "none.jpg")]
        rows += [rows[0], f"{server.url}/x.jpg", "file:///etc/passwd", "http://10.0.0.1/x.jpg", "unknown://x/y.jpg"]
        rows += ["http://[half/x.jpg", "http://me:word@/x.jpg", "ftp://localhost/x.jpg"]
        rows.append(server.url.replace("127.0.0.1", "localhost") + "/x.jpg")
        lines = "".join(json.dumps({"url": url, "class": "c"}) + "\n" for url in rows)
        (folder / "l.jsonl").write_text(lines)
        refused = library.scan(folder / "l.jsonl", **NEW)
        assert refused.summary.files == 0 and refused.summary.failures == {"refused": 13}
        result = library.scan(folder / "l.jsonl", follow_rows=True, **NEW)
        assert not server.asked
    assert result.summary.files == 3 and result.summary.failures == {"refused": 7, "vanished": 2}
    (group,) = result.groups
    assert {group.kept.path_str, *(one.file.path_str for one in group.members)} == {
        f"{folder}/l.jsonl::memory://d/set/a/{name}.jpg" for name in ("first", "again")
    }
    assert group.kept.within is not None and group.kept.within.label == "c"


@pytest.mark.parametrize(
    "host", ["2130706433", "127.1", "127.0.0.01", "0x7f.1", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[ff02::1]"]
)
def test_numbers_of_this_machine_are_refused_however_they_are_written(host):
    web = import_module("dedupe.describe.remote.web")
    with pytest.raises(PictureError, match="this machine or one of a private network"):
        web.refuse_private(f"http://{host}/x.jpg")
    web.refuse_private("http://8.8.8.8/x.jpg")


def test_a_page_that_lists_is_followed_downwards_alone_and_a_dead_link_is_one_failure():
    page = "".join(
        f'<a href="{to}">x</a>' for to in ("../x.jpg", "/x.jpg", "%2e%2e/x.jpg", "../set/", "./", "1.jpg", "dead.jpg")
    )
    files = {"/set/": page.encode(), "/set/1.jpg": pictures()["a/first.jpg"], "/x.jpg": pictures()["c/other.jpg"]}
    with served(files) as server:
        result = library.scan(f"{server.url}/set/", **NEW)
    assert result.summary.files == 1 and result.summary.failures == {"vanished": 1}


def test_secrets_of_an_address_are_kept_nowhere(files, tmp_path, dedupe, own_cache):
    with served(files) as server:
        url = server.url.replace("//", "//me:word@") + "/d/a.tar?sig=SECRET#part"
        ran = dedupe("scan", url, "--judge", "-d", "pdq", "-o", tmp_path / "plan.jsonl")
        assert ran.code == 0, ran.err
        page = dedupe("scan", url, "--judge", "-d", "pdq", "-o", tmp_path / "page.html")
        gone = dedupe("scan", url.replace("a.tar", "none.tar"), "-d", "pdq")
    written = [path.read_bytes() for path in (*tmp_path.rglob("*"), *own_cache.rglob("*")) if path.is_file()]
    said = "".join([ran.out, ran.err, page.out, page.err, gone.out, gone.err]).encode()
    assert gone.code == 3 and not any(word in each for each in (*written, said) for word in (b"SECRET", b"word@"))
    header = json.loads((tmp_path / "plan.jsonl").read_text().partition("\n")[0])
    assert header["roots"] == [f"{server.url}/d/a.tar"] and header["command_line"][2] == header["roots"][0]


def test_actions_and_exports_leave_addresses_alone(memory, tmp_path):
    result = library.scan("memory://d/set", **JUDGED)
    result.to_json(tmp_path / "plan.jsonl")
    text = (tmp_path / "plan.jsonl").read_text().replace('"kind":"same-bytes"', '"kind":"same-bytes","action":"remove"')
    (tmp_path / "plan.jsonl").write_text(text)
    acted = library.apply(tmp_path / "plan.jsonl", yes=True)
    assert {one.reason for one in acted.outcomes} == {"at an address"}
    with pytest.raises(UsageError, match="memory://d/set is an address; fetch it, and export the copy"):
        export(result, tmp_path / "copy")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (b"https://u:p@h/a.tar?x=1#y", b"https://h/a.tar"),
        (b"s3://bucket/a@b.tar", b"s3://bucket/a@b.tar"),
        (b"https://u:p@ss?@h/a b.tar?x=1 2#y", b"https://h/a b.tar"),
        (b"https://h/a.tar?x=1::what?.jpg", b"https://h/a.tar::what?.jpg"),
        (b"error at https://h/a?k=v of 2", b"error at https://h/a of 2"),
        (b"what?.jpg", b"what?.jpg"),
    ],
)
def test_what_is_shown_of_an_address(given, shown):
    assert bare(given) == shown


def test_what_is_an_address():
    assert is_address(b"s3://a/b") and is_address(b"HF://x") and is_address(b"memory://a")
    assert not any(map(is_address, (b"a/b", b"/a://b", b"c:\\a", b"C://a", b"a.tar::b://c", b"")))


def test_the_server_of_these_tests_lists_folders():
    assert Served({"/d/a/b.jpg": b"", "/d/c.jpg": b""}).listed("/d/").count(b"<a") == 2


def test_a_bucket_is_read_where_moto_stands_for_it(files, monkeypatch):
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    server = pytest.importorskip("moto.server", reason="moto is not installed").ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        some = {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y", "DEFAULT_REGION": "us-east-1"}
        for name, value in {**some, "ENDPOINT_URL": f"http://{host}:{port}"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        client = import_module("boto3").client("s3")
        client.create_bucket(Bucket="bucket")
        for name, data in files.items():
            client.put_object(Bucket="bucket", Key=name[1:], Body=data)
        for name in ("a.tar", "set"):
            assert seen(library.scan(f"s3://bucket/d/{name}", **NEW))[2] == 6
        with pytest.raises(DedupeError, match="It is not there"):
            library.scan("s3://bucket/none.tar", **NEW)
    finally:
        server.stop()


def test_tables_name_an_address_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert relative(b"http://127.0.0.1:8000/a.tar::b.jpg") == b"http://127.0.0.1:8000/a.tar::b.jpg"
    assert relative(bytes(tmp_path / "zoo" / "b.jpg")) == b"zoo/b.jpg"
