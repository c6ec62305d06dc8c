"""The function that analyses an original and decides whether it may be shown."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, ClassVar, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.bedrock import ConverseDescriber
from aws.dynamodb import DynamoBlocks, DynamoTable
from aws.dynamodb_answers import DynamoAnswers
from aws.dynamodb_likeness import DynamoLooks
from aws.dynamodb_spending import DynamoLedger
from aws.eventbridge import EventBridgeBus
from aws.rekognition import AmazonRekognition
from aws.s3 import S3Originals, S3Previews
from pictures.limits import Limits, UnreadableError
from pipeline.analyses import Analyses
from pipeline.answers import Answers, KnownAnswers
from pipeline.blocks import BLOCKED, Blocks
from pipeline.catalog import Catalog
from pipeline.clock import Clock, milliseconds, utc
from pipeline.events import Event, ImageRestored, ObjectCreated
from pipeline.item import Item, Verdict, preview_of
from pipeline.lifecycle import Analysed, Received, tombstone
from pipeline.likeness import Looks, is_copy, owner_of
from pipeline.policy import Policy
from pipeline.prices import analyses_usd, analysis_costs, function_usd
from pipeline.spending import Budget
from pipeline.stage_run import PermanentFailureError, StageRun
from pipeline.storage import (
    OriginalChangedError,
    OriginalGoneError,
    OriginalRefusedError,
    OriginalTooLargeError,
    Previews,
    Upload,
)
from pipeline.vision import PictureRefusedError, Vision
from rekognition.canonical import canonical_jpeg
from rekognition.describing import Describing
from rekognition.inquiry import Inquired, Inquiry
from rekognition.isolation import canonical_jpeg_isolated
from runtime.logging import log_outcome, logger
from runtime.metrics import count
from runtime.queue import consume
from runtime.settings import from_environment

__all__ = ["Analyse", "Canonical", "Settings", "handler"]


_LEFT = (
    OriginalChangedError,
    OriginalGoneError,
    OriginalRefusedError,
    OriginalTooLargeError,
    PictureRefusedError,
    UnreadableError,
)
"""Why nothing can be found out again about a picture. What it has is worth more than a failure; an
original that is gone or changed has an event of its own."""


_NOT_DESCRIBED = "the model gave no description"

_TWINS = 20
"""Copies of a file that are looked at, to find one that stays."""


@dataclass(frozen=True)
class Settings:
    """The function's environment."""

    originals_bucket: str
    previews_bucket: str
    catalog_table: str
    likeness_table: str
    spending_table: str
    pipeline_bus: str
    retention_days: str
    daily_budget_usd: int
    analyses: Analyses
    describer: str
    """The id of the inference profile of the model that describes pictures; empty for none."""
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
    looks: Looks
    previews: Previews
    analyses: Analyses
    policy: Policy
    limit: int
    memory_mb: int
    clock: Clock
    handles: ClassVar = (ObjectCreated, ImageRestored)

    def __call__(self, event: Event, attempt: int) -> None:
        if isinstance(event, ImageRestored) and event.is_only_to_be_found:
            return
        if isinstance(event, ImageRestored) and event.stale and "renditions" not in event.stale:
            log_outcome(self.stage_run.again(event, lambda item: self._again(event, item, attempt)))
            return
        original = event.original

        def work(upload: Upload, item: Item) -> Analysed:
            start = self.clock()

            @cache
            def picture() -> bytes:
                return self.canonical(upload.data, isolated=attempt > 1)

            digest = sha256(upload.data).hexdigest()
            try:
                inquired = self._inquired(event, digest, item.kept, picture)
                verdict = self._judged(inquired, item)
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
                note=None if inquired.described else _NOT_DESCRIBED,
                # Nobody learns from it that somebody else has the same file.
                ms=ms if inquired.ms is None else inquired.ms,
                verdict=verdict,
                analysis=inquired.answers.analysis,
                sha256=digest,
                preview=preview,
                owner=upload.owner,
                asked=inquired.answers.asked,
                policy=self.policy.fingerprint,
                costs=self._costs(inquired, ms),
                saved=self._saved(inquired),
            )

        # An earlier attempt may have died before or after it wrote a preview.
        preview = preview_of(original) if attempt > 1 else None
        begin = Received(original=original, preview=preview)
        log_outcome(self.stage_run.run(begin, event, limit=self.limit, work=work))

    def _again(self, event: ImageRestored, item: Item, attempt: int) -> Analysed | None:
        """The verdict and perhaps the analysis once more; None if they are not stale, or cannot be
        made any more: then what the item has stays."""
        if item.verdict is None or item.answers is None:
            return None
        original, answers, start = event.original, item.answers, self.clock()

        @cache
        def picture() -> bytes:
            data = self.stage_run.originals.read(original, limit=self.limit).data
            return self.canonical(data, isolated=attempt > 1)

        try:
            inquired = self._inquired(event, answers.sha256, answers, picture)
        except _LEFT as error:
            logger.warning("left as it is", extra={"reason": str(error)})
            return None
        if (inquired.answers.asked, self.policy.fingerprint) == (answers.asked, item.policy):
            return None
        ms = milliseconds(start, self.clock())
        return Analysed(
            original=original,
            ms=ms,
            note=None if inquired.described else _NOT_DESCRIBED,
            verdict=self._judged(inquired, item),
            analysis=inquired.answers.analysis,
            sha256=answers.sha256,
            owner=item.owner,
            asked=inquired.answers.asked,
            policy=self.policy.fingerprint,
            again=True,
            costs=self._costs(inquired, ms),
            saved=self._saved(inquired) if inquired.ms is not None else {},
        )

    def _inquired(
        self, event: Event, digest: str, own: Answers | None, picture: Callable[[], bytes]
    ) -> Inquired:
        """The answers about the file. Where no analysis is to be made again, those that it has."""
        stale = event.stale if isinstance(event, ImageRestored) else []
        if stale and "analysis" not in stale and own and own.sha256 == digest:
            return Inquired(answers=own, known=tuple(own.asked))
        questions = self.policy.questions(self.analyses)
        return Inquiry(self.vision, self.answers, questions).about(digest, own, picture)

    def _judged(self, inquired: Inquired, item: Item) -> Verdict:
        digest = inquired.answers.sha256
        if self.blocks.has(digest):
            return BLOCKED
        return self.policy.judge(inquired.answers.analysis, self._twin(item, digest))

    def _twin(self, item: Item, digest: str) -> str | None:
        """An earlier picture of the same owner that has the same file, where the policy asks."""
        if self.policy.duplicates == "allow":
            return None
        catalog = self.stage_run.catalog
        alike = self.looks.same(owner_of(item), [digest])
        names = sorted({each.image_id for each in alike} - {item.image_id})[:_TWINS]
        others = (catalog.get(name) for name in names)
        return next(
            (other.image_id for other in others if other and is_copy(item, of=other, file=digest)),
            None,
        )

    def _costs(self, inquired: Inquired, ms: int) -> dict[str, float]:
        asked = analysis_costs(self.analyses.within(inquired.paid))
        return {**asked, "rekognition": function_usd(ms, self.memory_mb)}

    def _preview(self, item: Item, image: bytes) -> str:
        """Write the private preview, which the item knows of first; returns its key."""
        self.stage_run.catalog.advance(Received(original=item.original, preview=item.preview))
        self.previews.write(item.preview, image)
        return item.preview

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

    def not_described(reason: str) -> None:
        logger.warning("not described", extra={"reason": reason})

    vision: Vision = AmazonRekognition()
    if settings.describer:
        vision = Describing(vision, ConverseDescriber(settings.describer), not_described)
    return Analyse(
        StageRun("rekognition", catalog, originals, bus, budget=budget),
        canonical,
        vision,
        DynamoAnswers(settings.catalog_table),
        DynamoBlocks(settings.catalog_table),
        DynamoLooks(settings.likeness_table),
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
