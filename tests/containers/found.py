"""What a stage may have found, for tests that are about something else."""

from pipeline.facts import Measurement

__all__ = ["MEASUREMENT", "SHA256"]

SHA256 = "00" * 32

MEASUREMENT = Measurement(
    content_type="image/jpeg",
    width=40,
    height=30,
    placeholder="cGxhY2Vob2xkZXI=",
    measured={"sharpness": 50, "frames": 1, "has_alpha": False},
    hashes={"sha256": SHA256, "dhash": "0123456789abcdef", "phash": "fedcba9876543210"},
)
