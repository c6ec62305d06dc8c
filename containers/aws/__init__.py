"""The boto3 clients behind the protocols of `pipeline`, one service per file."""
