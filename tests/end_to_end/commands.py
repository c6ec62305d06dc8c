"""The operator's commands, and what the tests ask of them."""

from typing import Any

from proofs.commands import Commands
from tests.end_to_end.journeys import eventually

__all__ = ["Ops"]


class Ops(Commands):
    """`python -m ops` for one stack, and the stack's AWS."""

    def client(self, service: str) -> Any:
        return self.stack.aws.client(service)

    def found(self, *image_ids: str) -> set[tuple[str, str]]:
        """What `reconcile` finds about these pictures, the other tests' aside."""
        *findings, _ = self("reconcile", "--grace", "0", "--json").lines
        return {
            (each["image_id"], each["kind"]) for each in findings if each["image_id"] in image_ids
        }

    def wait_until_nothing_is_found(self, *image_ids: str) -> None:
        """Give the functions time to deal with what they were told."""
        eventually(lambda: not self.found(*image_ids), 180)
