"""The function that analyses an original and decides whether it may be shown."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.dynamodb import DynamoTable
from aws.eventbridge import EventBridgeBus
from aws.rekognition import AmazonRekognition
from aws.s3 import S3Originals
from pictures.limits import Limits, UnreadableError
from pipeline.analyses import Analyses
from pipeline.catalog import Catalog
from pipeline.clock import Clock, milliseconds, utc
from pipeline.events import Event, ImageRestored, ObjectCreated
from pipeline.item import Item
from pipeline.lifecycle import Analysed, Received, tombstone
from pipeline.policy import Policy
from pipeline.prices import analyses_usd, function_usd
from pipeline.stage_run import PermanentFailureError, StageRun
from pipeline.storage import Upload
from pipeline.vision import PictureRefusedError, Vision
from rekognition.analysis import analysis_of
from rekognition.canonical import canonical_jpeg
from rekognition.isolation import canonical_jpeg_isolated
from runtime.logging import log_outcome
from runtime.queue import consume
from runtime.settings import from_environment

__all__ = ["Analyse", "Canonical", "Settings", "handler"]


@dataclass(frozen=True)
class Settings:
    """The function's environment."""

    originals_bucket: str
    catalog_table: str
    pipeline_bus: str
    retention_days: str
    analyses: Analyses
    policy: Policy


class Canonical(Protocol):
    """Turns any picture into the one JPEG that Rekognition is asked about."""

    def __call__(self, data: bytes, *, isolated: bool) -> bytes:
        """The result of `rekognition.canonical`; with `isolated`, made in a child process."""


@dataclass(frozen=True)
class Analyse:
    """Asks Rekognition about an uploaded or restored picture, and applies the policy."""

    stage_run: StageRun
    canonical: Canonical
    vision: Vision
    analyses: Analyses
    policy: Policy
    limit: int
    memory_mb: int
    clock: Clock
    handles: ClassVar = (ObjectCreated, ImageRestored)

    def __call__(self, event: Event, attempt: int) -> None:
        original = event.original

        def work(upload: Upload, _item: Item) -> Analysed:
            start = self.clock()
            try:
                responses = self._ask(self.canonical(upload.data, isolated=attempt > 1))
            except UnreadableError as error:
                raise PermanentFailureError(error.code, str(error)) from error
            except PictureRefusedError as error:
                raise PermanentFailureError(
                    "refused_by_rekognition", f"{error.code}: {error}"
                ) from error
            analysis = analysis_of(responses)
            ms = milliseconds(start, self.clock())
            return Analysed(
                original=original,
                ms=ms,
                verdict=self.policy.judge(analysis),
                analysis=analysis,
                owner=upload.owner,
                cost_usd=analyses_usd(self.analyses.names) + function_usd(ms, self.memory_mb),
            )

        item = self.stage_run.run(Received(original=original), event, limit=self.limit, work=work)
        log_outcome(item)

    def _ask(self, image: bytes) -> dict[str, dict[str, Any]]:
        questions = self.analyses.questions(
            labels_from=self.policy.min_confidence, moderation_from=self.policy.moderation_from
        )
        return self.vision.ask(image, {each.operation: each.options for each in questions})


@cache
def _analyse(memory_mb: int) -> Analyse:
    settings = from_environment(Settings, os.environ)
    remembered = tombstone(int(settings.retention_days))
    catalog = Catalog(DynamoTable(settings.catalog_table), utc, remembered)
    originals = S3Originals(settings.originals_bucket)
    bus = EventBridgeBus(settings.pipeline_bus)
    limits = Limits.for_memory(memory_mb)

    def canonical(data: bytes, *, isolated: bool) -> bytes:
        make = canonical_jpeg_isolated if isolated else canonical_jpeg
        return make(data, limits).data

    return Analyse(
        StageRun("rekognition", catalog, originals, bus),
        canonical,
        AmazonRekognition(),
        settings.analyses,
        settings.policy,
        limits.bytes,
        memory_mb,
        utc,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point."""
    return consume(batch, context, _analyse(int(context.memory_limit_in_mb)))
