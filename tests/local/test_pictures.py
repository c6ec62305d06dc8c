"""What can be uploaded, and what is refused before anybody waits for it."""

import os
from pathlib import Path

import pytest

from local.pictures import uploads


def test_files_go_under_uploads_by_their_names_unless_a_key_is_given(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jpg", tmp_path / "b.jpg"
    first.write_bytes(b"a")
    second.write_bytes(b"b")

    assert uploads([first, second]) == [(first, "uploads/a.jpg"), (second, "uploads/b.jpg")]
    assert uploads([first], "uploads/x/y.jpg") == [(first, "uploads/x/y.jpg")]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpg"
    empty.touch()
    with pytest.raises(ValueError, match=r"^picture must not be empty, .* got .*empty\.jpg$"):
        uploads([empty])


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    with pytest.raises(ValueError, match=r"^picture must be a regular file, got .*pipe\.jpg$"):
        uploads([pipe])


def test_two_files_of_one_key_are_refused(tmp_path: Path) -> None:
    files = [tmp_path / folder / "same.jpg" for folder in ("d1", "d2")]
    for file in files:
        file.parent.mkdir()
        file.write_bytes(b"a")

    problem = r"^two files would become uploads/same\.jpg; upload one at a time with --key$"
    with pytest.raises(ValueError, match=problem):
        uploads(files)
    with pytest.raises(ValueError, match=problem):
        uploads([files[0], files[0]])


def test_a_name_that_is_not_utf_8_is_refused_by_name(tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.jpg"))
    try:
        file.write_bytes(b"a")
    except OSError:
        pytest.skip("the file system takes only UTF-8")

    with pytest.raises(ValueError, match=r"^key must be UTF-8, got that of .*/bad\\xff\.jpg"):
        uploads([file])
    assert uploads([file], "uploads/good.jpg") == [(file, "uploads/good.jpg")]


@pytest.mark.parametrize("key", ["", "else/a.jpg", "uploads/\udcff.jpg"])
def test_a_key_that_the_pipeline_does_not_look_at_is_refused(tmp_path: Path, key: str) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"a")
    with pytest.raises(ValueError, match=r"^key must "):
        uploads([file], key)
