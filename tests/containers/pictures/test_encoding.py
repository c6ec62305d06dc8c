"""Writing pixels into files."""

import pytest
from PIL import Image

from pictures.encoding import encode


def test_a_file_that_cannot_be_written_to_memory_is_memory_that_is_missing() -> None:
    # Beyond what libjpeg writes, which Pillow tells of as it tells of missing memory.
    with pytest.raises(MemoryError, match="no memory for jpeg"):
        encode(Image.new("L", (65_501, 1)), "jpeg", 80, "#ffffff")
