"""A file's parts are read one after the other, without a copy of the whole."""

import io

import pytest

from pictures import jpeg
from pictures.metadata.blocks import PartsFile, joined, kept_parts


def test_parts_are_read_as_the_file_that_they_were_cut_from() -> None:
    data = bytes(range(256)) * 4
    parts = (data[:3], memoryview(data)[3:700], b"", data[700:])
    file = io.BufferedReader(PartsFile(parts), buffer_size=16)

    assert file.read() == data
    assert file.seek(-5, io.SEEK_END) == len(data) - 5
    assert file.read() == data[-5:]
    assert [file.seek(698), file.read(4), file.tell()] == [698, data[698:702], 702]
    assert file.seek(len(data) + 1) == len(data) + 1
    assert file.read() == b""


def test_parts_without_what_was_left_out_are_no_copy_of_a_whole_file() -> None:
    data = b"abcdef"
    assert kept_parts(data, [(0, 2), (2, 6)])[0] is data
    assert joined((data,)) is data
    assert joined(kept_parts(data, [(0, 2), (4, 6)])) == b"abef"


@pytest.mark.parametrize("behind", [0, 2, 3, 5])
def test_a_scan_is_read_without_what_follows_it(behind: int) -> None:
    parts = (b"abc", b"de", b"f")
    kept = b"abcdef"[: 6 - behind]
    assert jpeg.unended(parts, behind).read() == kept + b"\xff\x00" * 8
