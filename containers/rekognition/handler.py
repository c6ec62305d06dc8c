"""The function that looks at an original and says whether it may be shown."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from pictures.refusals import Limits, Unreadable
from pipeline.bus import EventBridgeBus
from pipeline.catalog import Catalog, DynamoTable
from pipeline.clock import Clock, milliseconds, utc
from pipeline.events import Event, ImageRestored, ObjectCreated
from pipeline.item import Item
from pipeline.lifecycle import Analysed, Received
from pipeline.prices import analyses_usd, function_usd
from pipeline.queue import consume
from pipeline.rekognition import AmazonRekognition, Refused, Vision
from pipeline.settings import from_environment
from pipeline.stage import Course, Impossible
from pipeline.storage import S3Originals, Upload
from rekognition.analysis import Analyses, facts
from rekognition.canonical import canonical_jpeg
from rekognition.isolation import canonical_jpeg_isolated
from rekognition.policy import Policy

__all__ = ["Analyse", "Canonical", "Settings", "handler"]


@dataclass(frozen=True)
class Settings:
    """What the function's environment says."""

    originals_bucket: str
    catalog_table: str
    pipeline_bus: str
    analyses: Analyses
    policy: Policy


class Canonical(Protocol):
    """Makes of any picture the one JPEG that Rekognition is asked about."""

    def __call__(self, data: bytes, *, isolated: bool) -> bytes:
        """What `rekognition.canonical` makes of it; `isolated`, in a process of its own."""


@dataclass(frozen=True)
class Analyse:
    """Asks Rekognition about what was uploaded or restored, and judges by the policy."""

    course: Course
    canonical: Canonical
    vision: Vision
    analyses: Analyses
    policy: Policy
    limit: int
    memory_mb: int
    clock: Clock
    hears: ClassVar = (ObjectCreated, ImageRestored)

    def __call__(self, event: Event, tried: int) -> None:
        original = event.original

        def work(upload: Upload, _item: Item) -> Analysed:
            start = self.clock()
            try:
                found = facts(self._answers(self.canonical(upload.data, isolated=tried > 1)))
            except Unreadable as error:
                raise Impossible(error.code, str(error)) from error
            except Refused as error:
                raise Impossible("refused_by_rekognition", f"{error.code}: {error}") from error
            ms = milliseconds(start, self.clock())
            return Analysed(
                original=original,
                ms=ms,
                verdict=self.policy.judge(found),
                facts=found | {"owner": upload.owner},
                cost_usd=analyses_usd(self.analyses.names) + function_usd(ms, self.memory_mb),
            )

        self.course.run(
            Received(original=original),
            limit=self.limit,
            work=work,
        )

    def _answers(self, image: bytes) -> dict[str, dict[str, Any]]:
        questions = self.analyses.questions(
            labels_from=self.policy.min_confidence, moderation_from=self.policy.moderation_from
        )
        return self.vision.ask(image, {each.operation: each.options for each in questions})


@cache
def _analyse(memory_mb: int) -> Analyse:
    settings = from_environment(Settings, os.environ)
    catalog = Catalog(DynamoTable(settings.catalog_table), utc)
    originals = S3Originals(settings.originals_bucket)
    bus = EventBridgeBus(settings.pipeline_bus)
    limits = Limits.for_memory(memory_mb)

    def canonical(data: bytes, *, isolated: bool) -> bytes:
        make = canonical_jpeg_isolated if isolated else canonical_jpeg
        return make(data, limits).data

    return Analyse(
        Course("rekognition", catalog, originals, bus),
        canonical,
        AmazonRekognition(),
        settings.analyses,
        settings.policy,
        limits.bytes,
        memory_mb,
        utc,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """What Lambda calls."""
    return consume(batch, context, _analyse(int(context.memory_limit_in_mb)))
