"""Encoding fails for want of memory alone."""

import pytest
from PIL import Image

from pictures.encoding import encode


def test_a_file_that_cannot_be_written_to_memory_raises_memory_error() -> None:
    # Beyond libjpeg's limit, which Pillow reports like missing memory.
    with pytest.raises(MemoryError, match="no memory for jpeg"):
        encode(Image.new("L", (65_501, 1)), "jpeg", 80, "#ffffff")
