"""The function that analyses an original and decides whether it may be shown."""

import os
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, ClassVar, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.dynamodb import DynamoBlocks, DynamoTable
from aws.dynamodb_answers import DynamoAnswers
from aws.dynamodb_spending import DynamoLedger
from aws.eventbridge import EventBridgeBus
from aws.rekognition import AmazonRekognition
from aws.s3 import S3Originals, S3Previews
from pictures.limits import Limits, UnreadableError
from pipeline.analyses import Analyses
from pipeline.answers import KnownAnswers
from pipeline.blocks import BLOCKED, Blocks
from pipeline.catalog import Catalog
from pipeline.clock import Clock, milliseconds, utc
from pipeline.events import Event, ImageRestored, ObjectCreated
from pipeline.item import Item, preview_of
from pipeline.lifecycle import Analysed, Received, tombstone
from pipeline.policy import Policy
from pipeline.prices import analyses_usd, analysis_costs, function_usd
from pipeline.spending import Budget
from pipeline.stage_run import PermanentFailureError, StageRun
from pipeline.storage import Previews, Upload
from pipeline.vision import PictureRefusedError, Vision
from rekognition.canonical import canonical_jpeg
from rekognition.inquiry import Inquired, Inquiry
from rekognition.isolation import canonical_jpeg_isolated
from runtime.logging import log_outcome
from runtime.metrics import count
from runtime.queue import consume
from runtime.settings import from_environment

__all__ = ["Analyse", "Canonical", "Settings", "handler"]


@dataclass(frozen=True)
class Settings:
    """The function's environment."""

    originals_bucket: str
    previews_bucket: str
    catalog_table: str
    spending_table: str
    pipeline_bus: str
    retention_days: str
    daily_budget_usd: int
    analyses: Analyses
    policy: Policy


class Canonical(Protocol):
    """Turns any picture into the one JPEG that Rekognition is asked about."""

    def __call__(self, data: bytes, *, isolated: bool) -> bytes:
        """The result of `rekognition.canonical`; with `isolated`, made in a child process."""


@dataclass(frozen=True)
class Analyse:
    """Asks Rekognition about an uploaded or restored picture, as far as the answers are not known,
    and applies the policy.

    A held picture gets a private preview, by which reviewers can decide: with the gate guarded it
    has no renditions.
    """

    stage_run: StageRun
    canonical: Canonical
    vision: Vision
    answers: KnownAnswers
    blocks: Blocks
    previews: Previews
    analyses: Analyses
    policy: Policy
    limit: int
    memory_mb: int
    clock: Clock
    handles: ClassVar = (ObjectCreated, ImageRestored)

    def __call__(self, event: Event, attempt: int) -> None:
        original = event.original

        def work(upload: Upload, item: Item) -> Analysed:
            start = self.clock()

            @cache
            def picture() -> bytes:
                return self.canonical(upload.data, isolated=attempt > 1)

            digest = sha256(upload.data).hexdigest()
            try:
                inquired = self._inquiry.about(digest, item.kept, picture)
                analysis = inquired.answers.analysis
                verdict = BLOCKED if self.blocks.has(digest) else self.policy.judge(analysis)
                preview = self._preview(item, picture()) if verdict.decision == "hold" else None
            except UnreadableError as error:
                raise PermanentFailureError(error.code, str(error)) from error
            except PictureRefusedError as error:
                raise PermanentFailureError(
                    "refused_by_rekognition", f"{error.code}: {error}"
                ) from error
            ms = milliseconds(start, self.clock())
            return Analysed(
                original=original,
                # Nobody learns from it that somebody else has the same file.
                ms=ms if inquired.ms is None else inquired.ms,
                verdict=verdict,
                analysis=analysis,
                sha256=digest,
                preview=preview,
                owner=upload.owner,
                asked=inquired.answers.asked,
                costs={
                    **analysis_costs(self.analyses.within(inquired.paid)),
                    "rekognition": function_usd(ms, self.memory_mb),
                },
                saved=self._saved(inquired),
            )

        # An earlier attempt may have died before or after it wrote a preview.
        preview = preview_of(original) if attempt > 1 else None
        begin = Received(original=original, preview=preview)
        log_outcome(self.stage_run.run(begin, event, limit=self.limit, work=work))

    def _preview(self, item: Item, image: bytes) -> str:
        """Write the private preview, which the item knows of first; returns its key."""
        self.stage_run.catalog.advance(Received(original=item.original, preview=item.preview))
        self.previews.write(item.preview, image)
        return item.preview

    @property
    def _inquiry(self) -> Inquiry:
        questions = self.analyses.questions(
            labels_from=self.policy.min_confidence, moderation_from=self.policy.moderation_from
        )
        return Inquiry(self.vision, self.answers, questions)

    def _saved(self, inquired: Inquired) -> dict[str, float]:
        if not inquired.known:
            return {}
        calls = len(inquired.known)
        count("CallsSaved", calls)
        return {"calls": calls, "usd": analyses_usd(self.analyses.within(inquired.known))}


@cache
def _analyse(memory_mb: int) -> Analyse:
    settings = from_environment(Settings, os.environ)
    remembered = tombstone(int(settings.retention_days))
    table = DynamoTable(settings.catalog_table, spending=settings.spending_table)
    catalog = Catalog(table, utc, remembered)
    budget = Budget(settings.daily_budget_usd, DynamoLedger(settings.spending_table))
    originals = S3Originals(settings.originals_bucket)
    bus = EventBridgeBus(settings.pipeline_bus)
    limits = Limits.for_memory(memory_mb)

    def canonical(data: bytes, *, isolated: bool) -> bytes:
        make = canonical_jpeg_isolated if isolated else canonical_jpeg
        return make(data, limits).data

    return Analyse(
        StageRun("rekognition", catalog, originals, bus, budget=budget),
        canonical,
        AmazonRekognition(),
        DynamoAnswers(settings.catalog_table),
        DynamoBlocks(settings.catalog_table),
        S3Previews(settings.previews_bucket),
        settings.analyses,
        settings.policy,
        limits.bytes,
        memory_mb,
        utc,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point."""
    return consume(batch, context, _analyse(int(context.memory_limit_in_mb)))
