"""The lab's pictures and plans for its network; what needs PyTorch is in tests/train."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dedupe_lab.classify.data import as_published, contrast, load, prepared, split
from dedupe_lab.classify.document import published
from dedupe_lab.classify.drawing import steps
from dedupe_lab.classify.page import output as training
from dedupe_lab.classify.plan import VARIANTS, everything, plan, with_mistakes
from dedupe_lab.classify.report import HEADS, rows, told
from dedupe_lab.classify.run import run
from dedupe_lab.classify.survival import Survival
from dedupe_lab.classify.survival_report import duplicates, output
from dedupe_lab.classify.survival_report import rows as survival_rows
from dedupe_lab.classify.vectors import vectors
from dedupe_lab.cli.classify import NAMES, classify
from PIL import Image

from dedupe import DedupeError, UsageError
from html_pages import checked, page_of


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for kind in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / kind / name).mkdir(parents=True)
            for i in range(10):
                Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(tmp_path / kind / name / f"{i}.png")
    return tmp_path


def test_pictures_come_with_their_classes(data):
    train, test = split(data, ["cat", "dog"])
    assert train.X.shape == (20, 32, 32, 3) and train.X.dtype == np.uint8 and train.y.tolist() == [0] * 10 + [1] * 10
    with Image.open(data / "train" / "dog" / "2.png") as picture:
        assert np.array_equal(train.X[12], np.asarray(picture))
    assert len(test.y) == 20 and load(data / "train", ["dog", "cat"], 3).y.tolist() == [0] * 3 + [1] * 3


def test_too_few_training_pictures_are_refused_and_unequal_classes_said(data, capsys):
    told(*split(data, []))
    assert not capsys.readouterr().err
    for i in range(3, 10):
        (data / "test" / "dog" / f"{i}.png").unlink()
    told(*split(data, []))
    said = capsys.readouterr().err
    assert "test pictures are very unequal in number (10 cat, 3 dog)" in said and "training" not in said
    (data / "train" / "dog" / "9.png").unlink()
    with pytest.raises(UsageError, match=r"^dog has 9 in .*train; at least 10"):
        split(data, [])
    with pytest.raises(UsageError, match="cat has 1, dog has 1 in"):
        split(data, [], 1)


def test_contrast_is_the_documents_formula():
    X = np.arange(256, dtype=np.uint8)
    factor = 259 * 455 / (255 * 59)
    assert contrast(X, 200).tolist() == [int(min(255, max(0, 128 + factor * (int(c) - 128)))) for c in X]
    assert contrast(X, 0).tolist() == pytest.approx(X.tolist(), abs=2)
    assert contrast(X, 300)[0] == 255 and contrast(X, 300)[255] == 0, "beyond 259 it inverts"


def test_what_the_network_is_fed():
    X = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), np.uint8)
    plain, hashed = prepared(X, "original"), prepared(X, "hash")
    assert plain.shape == (3, 3, 32, 32) and plain.dtype == np.float32
    assert plain[1, 2, 5, 7] == pytest.approx(X[1, 5, 7, 2] / 255)
    assert set(np.unique(hashed)) == {0.0, 1.0} and hashed[2, 0, 3, 4] == float(X[2, 3, 4, 0] > X[2].mean())
    assert np.array_equal(prepared(X, "distorted"), prepared(contrast(X, 200), "original"))


def test_the_documents_mistakes():
    X = np.random.default_rng(2).integers(0, 256, (2, 32, 32, 3), np.uint8)
    scrambled = as_published(X, "original", "train")
    planar = X[0].transpose(2, 0, 1).ravel()
    assert scrambled[0, :, 0, 0].tolist() == pytest.approx((planar[:3] / 255).tolist())
    assert np.array_equal(as_published(X, "original", "test"), prepared(X, "original"))
    distorted = as_published(X, "distorted", "test")
    assert not np.array_equal(distorted, prepared(X, "distorted")) and 0 <= distorted.min() <= distorted.max() <= 1
    first = contrast(np.frombuffer((X[0].ravel()[:1] / 255).astype("<f8").tobytes(), np.uint8), 300)
    assert distorted[0].transpose(1, 2, 0).ravel()[:8].tolist() == pytest.approx((first / 255).tolist())


def test_every_variant_differs_in_what_its_name_says():
    base = plan().facts()
    for name in VARIANTS:
        made = plan("original", name)
        changed = {key for key, value in made.facts().items() if value != base[key]} - {"variant"}
        assert changed and changed == set(VARIANTS[name]) and made.name == f"original-{name}-seed0"
    assert (
        plan("original", "epoch-100").last_step(6_400) == 10_000
        and plan("original", "epoch-100").last_step(640) == 1_000
    )
    plans = everything()
    assert len(plans) == 9 + 12 and len({each.name for each in plans}) == 21
    assert {each.steps for each in plans if each.variant != "original"} == {2_500}


def test_bad_plans_are_sentences():
    for words in ({"input_": "sound"}, {"variant": "deep"}, {"steps": 0}):
        with pytest.raises(UsageError):
            plan(**words)


def test_bad_pictures_are_counted_and_bad_folders_refused(data):
    (data / "train" / "cat" / "0.png").write_bytes(b"\x89PNG")
    Image.new("L", (50, 40), 99).save(data / "train" / "dog" / "wide.png")
    train = load(data / "train", [])
    assert (len(train.y), train.unreadable, train.resized) == (20, 1, 1)
    with pytest.raises(UsageError, match="no folder train"):
        split(data / "train", [])
    (data / "train" / "emu").mkdir()
    Image.new("L", (32, 32)).save(data / "train" / "emu" / "0.png")
    with pytest.raises(UsageError, match="differ"):
        split(data, [])
    for path in (data / "test" / "dog").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DedupeError, match="no picture that can be read"):
        load(data / "test", ["cat", "dog"])


def test_without_pytorch_it_says_what_to_install(dedupe, data, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "torch.py").write_text("raise ImportError('not here')\n")
    ran = dedupe("lab", "classify", data, "-o", tmp_path / "out", env={"PYTHONPATH": str(tmp_path / "site")})
    assert ran.code == 2 and "'.[train]'" in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize("given", [{"kind": "original"}, {"variant": "elu"}, {"seed": 0}])
def test_what_all_would_ignore_is_refused(data, tmp_path, given):
    with pytest.raises(
        UsageError, match=r"--all trains .* of its own: leave (--input original|--variant elu|--seed 0) or --all"
    ):
        classify(data, everything=True, out=tmp_path / "out", smoke=True, **given)
    assert not (tmp_path / "out").exists()


def test_the_help_lists_the_variants(dedupe):
    assert ", ".join(["original", *VARIANTS]) == NAMES
    shown = "".join(dedupe("lab", "classify", "--help").out.split())  # lines are broken within names, too
    assert NAMES.replace(" ", "") in shown


@pytest.mark.parametrize("threads", [-3, 0])
def test_a_number_of_threads_below_one_is_a_sentence(data, tmp_path, threads):
    with pytest.raises(UsageError, match=f"--threads {threads}: at least 1"):
        run([plan()], *split(data, []), tmp_path / "out", threads=threads)


def test_pictures_are_read_as_the_host_reads_them(data):
    """Turned by their EXIF, deep ones scaled, and nothing opened but what the host opens: no PostScript."""
    cat = data / "train" / "cat"
    ramp = np.zeros((32, 32, 3), np.uint8)
    ramp[:16] = 200
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(ramp).save(cat / "turned.jpg", exif=exif, quality=95)
    Image.fromarray(np.full((32, 32), 40_000, np.uint16)).save(cat / "deep.png")
    (cat / "script.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\nshowpage\n")
    train = load(data / "train", [])
    named = {path.name: X for path, X in zip(train.paths, train.X, strict=True)}
    assert named["turned.jpg"][:, :16].mean() < 20 and named["turned.jpg"][:, 16:].mean() > 180
    assert abs(int(named["deep.png"][0, 0, 0]) - 40_000 // 257) <= 1
    assert train.unreadable == 1 and "script.jpg" not in named
    with Image.open(train.paths[0]) as opened:
        assert np.array_equal(train.X[0], np.asarray(opened))


def test_an_interruption_while_pictures_are_read_is_no_unreadable_picture(data, monkeypatch):
    from dedupe_lab import bits

    from dedupe.errors import Interrupted

    def interrupted(*_: object, **__: object) -> None:
        raise Interrupted("Interrupted.")

    monkeypatch.setattr(bits, "describe", interrupted)
    with pytest.raises(Interrupted):
        load(data / "train", [])


def test_vectors_are_what_the_descriptor_says(photos, tmp_path):
    import dedupe

    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    rows_, there = vectors([photos[0], broken, photos[1]], "phash", cache="none")
    assert there == [0, 2] and rows_.shape == (2, 64) and rows_.dtype == np.float32
    (one,) = dedupe.describe([photos[1]], descriptors=["phash"], cache="none").descriptions
    assert np.array_equal(rows_[1], np.unpackbits(one.values))


def test_vectors_have_no_variants():
    assert plan("phash").name == "phash-seed0"
    for settings in ({"variant": "elu"}, {"published": True}):
        with pytest.raises(UsageError, match="neither variants"):
            plan("features", **settings)
    assert {each.input for each in everything()} == {"original", "distorted", "hash"}


def result(seed: int, accuracy: float, **more: object) -> dict[str, object]:
    return {
        "type": "training",
        "name": f"hash-seed{seed}",
        "data": "d",
        "steps": 200,
        "train_accuracy": 1.0,
        "steps_to_90": 100,
        "loss": 0.1,
        "cross_entropy": 0.5,
        "test_accuracy": accuracy,
        "on_distorted": None,
        "seconds": 3.0,
        "published": published(plan("hash")),
        **more,
    }


def test_trainings_that_differ_by_seed_share_a_row(tmp_path):
    other = result(0, 0.5, name="original-elu-seed0", steps_to_90=None, published=published(plan(variant="elu")))
    (mine, alone) = rows([result(0, 0.7), other, result(1, 0.8)])
    assert len(mine) == len(HEADS) and mine[:3] == ["hash", "2", "200"]
    assert mine[3:5] == ["100.0 \u00b1 0.0 (100.0)", "100 \u00b1 0 (3,600)"]
    assert mine[7:] == ["75.0 \u00b1 7.1 (68.2)", "-", "3 \u00b1 0 (17,743)"]
    assert alone[0] == "original-elu" and alone[4] == "-" and alone[7] == "50.0 (49.3)"
    (tmp_path / "hash-seed0" / "d").mkdir(parents=True)
    (tmp_path / "hash-seed0" / "d" / "metrics.jsonl").write_text(
        '{"step": 100, "loss": 0.7, "accuracy": 0.5}\n{"step": 200, "loss": 0.1, "accuracy": 1.0}\n'
    )
    made = page_of(training([result(0, 0.7)], tmp_path))
    assert len(checked(made).named("svg")) == 2 and "75.0" not in made and "70.0" in made


def with_plan(fed: str, seed: int, accuracy: float, **more: object) -> dict[str, object]:
    made = plan(fed, seed=seed, **more)
    return {**result(seed, accuracy), "name": made.name, "plan": made.facts(), "published": published(made)}


def test_the_page_says_what_the_documents_mistakes_gave(tmp_path):
    fair = [with_plan("original", seed, 0.75) for seed in (0, 1)]
    page = checked(page_of(training(fair, tmp_path)))
    assert "--as-published makes one" in page.text
    mistaken = with_plan("original", 0, 0.504, published=True)
    mistaken["on_distorted"] = 0.494
    page = checked(page_of(training([*fair, mistaken], tmp_path)))
    texts = [words for words, _ in page.texts]
    at = texts.index("with the mistakes")
    assert texts[at + 1 :].index("75.0 \u00b1 0.0") < texts[at + 1 :].index("50.4") < texts[at + 1 :].index("49.4")
    assert "54.6" in texts and "49.6" in texts and "--as-published makes one" not in page.text


def test_the_page_draws_the_network(tmp_path):
    page = checked(page_of(training([with_plan("original", 0, 0.7)], tmp_path)))
    (network,) = [each for each in page.named("svg") if each["aria-label"].startswith("the network")]
    assert network["aria-label"].endswith("32 x 32 x 3, 16 x 16 x 64, 8 x 8 x 64, 256, 128, one a class")
    words = [text for text, _ in page.texts]
    assert words.count("conv 5x5") == 2 and words.count("batch norm") == 1 and words.count("softmax") == 1
    other = steps(plan("original", "4-layers")), steps(plan("original", "filter-size")), steps(plan(variant="hinge"))
    assert "conv 3x3" in other[0][1][1] and "conv 3x3" in other[1][2][1] and other[2][-1][1] == ["dense", "hinge"]
    assert "the network" not in page_of(training([with_plan("phash", 0, 0.6)], tmp_path)), "it is of dense layers alone"


def test_trainings_have_their_counterpart_with_the_mistakes():
    found = with_mistakes([plan("original"), plan("hash", seed=2), plan("phash"), plan("original", published=True)])
    assert [each.name for each in found] == ["original-as-published-seed0", "hash-as-published-seed2"]


def test_survival_as_tables():
    def one(kind: str, seed: int, distortion: str, accuracy: float) -> dict[str, object]:
        named = {"type": "accuracy", "input": kind, "seed": seed, "distortion": distortion, "n": 4}
        return {**named, "accuracy": accuracy, "changed": float(distortion == "blur")}

    found = Survival(
        [
            one("hash", seed, name, share + seed / 10)
            for seed in (0, 1)
            for name, share in (("none", 0.7), ("blur", 0.5), ("occlude", 0.7))
        ],
        [{"type": "duplicates", "input": "hash", "seed": 0, "leaked": 3, "all": 0.7, "without": 0.6, "only": None}],
    )
    none, blur, occlude, average = survival_rows(found)
    assert occlude[0] == "occlude (changes none)"
    assert none == ["none", "-", "75.0 \u00b1 7.1", "-", "-"] and blur[2] == "55.0 \u00b1 7.1" and average[2] == blur[2]
    assert list(duplicates(found)) == [["hash", "3", "70.0", "60.0", "-"]]
    page = page_of(output(found))
    assert checked(page).named("svg") and "Near-duplicates" in page
