"""The clients behind the protocols of `pipeline`, one service per file."""
