"""The samples are what their manifest and their licences say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.pictures import Followed
from local.samples import SAMPLES, Sample, passed_over, read
from pipeline.item import Failure, Item, Verdict

LICENCES = (SAMPLES / "LICENCES.md").read_text(encoding="utf-8")


def test_each_sample_has_an_expected_end_a_source_and_a_small_file() -> None:
    samples = read(SAMPLES)

    assert sum(sample.status == "ready" for sample in samples) >= 9
    assert sum(sample.status == "failed" and bool(sample.code) for sample in samples) >= 2
    for sample in samples:
        assert sample.status
        assert f"| `{sample.file.name}` |" in LICENCES
        assert sample.file.stat().st_size < 200_000


def test_any_folder_of_files_will_do(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").touch()
    (tmp_path / "a.jpg").touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "folder").mkdir()

    assert read(tmp_path) == [Sample(tmp_path / "a.jpg"), Sample(tmp_path / "b.jpg")]
    assert passed_over(tmp_path) == ["folder"]


@pytest.mark.parametrize(
    ("files", "manifest", "problem"),
    [
        ([], "", "must hold pictures, it holds no file"),
        (["a.jpg"], "['b.jpg']\nstatus = 'ready'", "expects b.jpg, which is not there"),
        (["a.jpg"], "['a.jpg']\nstatus = 'fine'", "must be one of .*, got fine"),
        (["a.jpg"], "['a.jpg']\nends = 'well'", "must give a.jpg a status and a code alone"),
        (["a.jpg"], "'a.jpg' = 5", "must give a.jpg a status and a code alone, got 5"),
        (["a.jpg"], "a.jpg", r"expected.toml must be TOML, got "),
    ],
)
def test_a_folder_that_makes_no_sense_is_refused(
    tmp_path: Path, files: list[str], manifest: str, problem: str
) -> None:
    for name in files:
        (tmp_path / name).touch()
    (tmp_path / "expected.toml").write_text(manifest)

    with pytest.raises(ValueError, match=problem):
        read(tmp_path)


def test_a_manifest_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "expected.toml").write_bytes(b"\xff")

    with pytest.raises(ValueError, match=r"expected.toml must be TOML, got "):
        read(tmp_path)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pictures must be a folder"):
        read(tmp_path / "missing")


AT = datetime(2026, 1, 1, tzinfo=UTC)


def line(stage: str, second: int) -> dict[str, str]:
    return {"stage": stage, "at": AT.replace(second=second).isoformat(timespec="milliseconds")}


def followed(**facts: object) -> Followed:
    base: dict[str, object] = {
        "image_id": "0" * 32,
        "bucket": "originals",
        "key": "uploads/a.jpg",
        "version_id": None,
        "sequencer": "1",
        "etag": "e",
        "bytes": 1,
        "timeline": (line("received", 1), line("analysed", 2), line("rendered", 4)),
    }
    picture = Followed("a.jpg", "uploads/a.jpg", AT)
    picture.take(Item(**{**base, **facts}))  # type: ignore[arg-type]
    return picture


READY = {
    "verdict": Verdict(decision="accept"),
    "renditions": {"small": {}},
    "notices": {"ready": {"state": "sent", "at": "then"}},
}


def test_a_picture_has_ended_when_its_notice_is_out() -> None:
    assert followed(**READY).ended
    assert not followed(**{**READY, "notices": {"ready": {"state": "sending"}}}).ended
    assert not followed(**{**READY, "notices": {"failed": {"state": "sent"}}}).ended
    assert not followed(**{**READY, "renditions": None}).ended


def test_a_held_picture_has_ended_with_its_renditions_if_the_gate_makes_them() -> None:
    held = {
        "verdict": Verdict(decision="hold"),
        "notices": {"held": {"state": "sent", "at": "then"}},
    }
    guarded, still_rendering = followed(**held), followed(**held)
    still_rendering.gate = "open"
    assert guarded.ended
    assert not still_rendering.ended

    rendered = followed(**held, renditions={"small": {}})
    rendered.gate = "open"
    assert rendered.ended


def test_ready_is_when_the_slower_of_both_stages_was_done() -> None:
    assert followed(**READY).seconds() == {
        "received": 1.0,
        "analysed": 2.0,
        "rendered": 4.0,
        "ready": 4.0,
    }


def test_an_item_about_an_earlier_upload_of_the_key_is_not_taken() -> None:
    later = Followed("a.jpg", "uploads/a.jpg", AT.replace(second=30))
    later.take(followed(**READY).item)

    assert later.item is None
    assert later.status == "uploaded"


def test_complaints_name_what_is_wrong() -> None:
    failed = followed(
        failure=Failure(stage="resize", code="truncated", message="cut short"),
        notices={"failed": {"state": "sent"}},
    )
    file = Path("a.jpg")

    assert Sample(file).complaint(failed) is None
    assert Sample(file, "failed", "truncated").complaint(failed) is None
    assert Sample(file, "ready").complaint(failed) == "a.jpg should be ready, it is failed"
    assert Sample(file, "failed", "too_large").complaint(failed) == (
        "a.jpg should fail as too_large, it failed as truncated"
    )
    assert Sample(file).complaint(followed()) == ("a.jpg did not come to an end, it is received")
