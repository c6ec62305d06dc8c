"""A stack that claims to run, for tests that reach none of its processes."""

from pathlib import Path

from local.state import Resource, RunningStack

__all__ = ["NOTICES", "stack"]

NOTICES = Resource("aws:sns/topic:Topic", "notices", "arn", "arn", 0.1)


def stack(folder: Path) -> RunningStack:
    """The stage `dev` with the topic `notices`. Nothing listens on its ports."""
    return RunningStack(
        pid=1,
        stage="dev",
        region="eu-west-1",
        endpoint="http://127.0.0.1:1",
        front="http://127.0.0.1:2",
        rekognition="http://127.0.0.1:3",
        seconds_to_up=1.5,
        folder=str(folder),
        outputs={"originals": "bucket"},
        resources=[NOTICES],
    )
