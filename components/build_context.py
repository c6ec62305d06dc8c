"""The folder that images are built from."""

from pathlib import Path

__all__ = ["settle_modes"]


def settle_modes(folder: Path) -> None:
    """Give everything under `folder` the mode that a checkout under umask 022 gives it.

    The Docker provider hashes the modes of a build context, so two people with different umasks
    would keep rebuilding each other's images. Of a mode, Git keeps only whether the owner may
    execute the file, and so does this.
    """
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        settled = 0o755 if path.is_dir() or mode & 0o100 else 0o644
        if not path.is_symlink() and mode & 0o777 != settled:
            path.chmod(settled)
