"""The function that makes an original's renditions."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any, ClassVar, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.bedrock import embedder
from aws.dynamodb import DynamoTable
from aws.dynamodb_likeness import DynamoLooks
from aws.dynamodb_spending import DynamoLedger
from aws.dynamodb_vectors import DynamoVectors
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Originals, S3Recipes, S3Renditions
from pictures.limits import Limits, UnreadableError
from pipeline.address import RenditionKey
from pipeline.catalog import Catalog
from pipeline.clock import Clock, milliseconds, utc
from pipeline.embedding import NotEmbeddableError, Placing, placing_models
from pipeline.events import (
    FOUND_BY,
    Event,
    ImageAccepted,
    ImageHeld,
    ImageRestored,
    ObjectCreated,
    RenditionsObsolete,
)
from pipeline.facts import Measurement
from pipeline.item import Item
from pipeline.lifecycle import (
    Placed,
    Rendered,
    Rendering,
    Unplaced,
    announcements,
    tombstone,
)
from pipeline.likeness import Listed, Looks, look_of, owner_of
from pipeline.original import Original, content_id
from pipeline.prices import embeddings_usd, function_usd, writes_usd
from pipeline.spending import Budget
from pipeline.stage_run import PermanentFailureError, StageRun
from pipeline.storage import (
    OriginalChangedError,
    OriginalGoneError,
    OriginalRefusedError,
    OriginalTooLargeError,
    Renditions,
    Upload,
)
from rendering.fingerprint import fingerprint
from rendering.focus import focus_of
from rendering.framing import Focus
from rendering.isolation import develop_isolated
from rendering.renditions import Developed, develop, sampling
from runtime.logging import log_outcome, logger
from runtime.queue import consume
from runtime.settings import from_environment

__all__ = ["Develop", "Resize", "Sample", "Settings", "handler"]

_UNREADABLE = (UnreadableError, OriginalRefusedError, OriginalTooLargeError)
"""Why no model is ever shown an original whose renditions were made once."""


@dataclass(frozen=True)
class Settings:
    """The function's environment."""

    originals_bucket: str
    renditions_bucket: str
    catalog_table: str
    spending_table: str
    likeness_table: str
    vectors_table: str
    embedding: str
    next_embedding: str
    pipeline_bus: str
    retention_days: str
    daily_budget_usd: int
    gate: str
    recipe: str
    """The digest under which the bucket of renditions has the recipe."""


class Develop(Protocol):
    """Makes a picture's renditions."""

    def __call__(self, data: bytes, *, isolated: bool, focus: Focus | None) -> Developed:
        """The result of `rendering.renditions.develop`; with `isolated`, from a child process."""


class Sample(Protocol):
    """Makes the small copy of a picture that models look at, and nothing else."""

    def __call__(self, data: bytes, *, isolated: bool) -> bytes:
        """A JPEG; with `isolated`, from a child process. Raises `UnreadableError`."""


@dataclass(frozen=True, kw_only=True)
class Resize:
    """Makes the renditions of an uploaded or restored picture, or of one that has its verdict."""

    stage_run: StageRun
    renditions: Renditions
    looks: Looks
    develop: Develop
    sample: Sample
    analysed_first: bool
    """Whether only pictures that have their verdict are rendered, as with the gate guarded."""
    fingerprint: str
    """Of everything that the renditions' bytes depend on."""
    recipe: str
    """The recipe's alone."""
    limit: int
    memory_mb: int
    clock: Clock
    placings: tuple[Placing, ...] = ()
    """What has pictures found by what they are about: one for each model of the stage."""
    handles: ClassVar = (ObjectCreated, ImageRestored, ImageAccepted, ImageHeld)

    def __call__(self, event: Event, attempt: int) -> None:
        if isinstance(event, ImageRestored) and self._is_in_place(event):
            if not FOUND_BY.isdisjoint(event.stale):
                self._find_again(event, attempt)
            return
        original = event.original
        content = content_id(original, self.fingerprint)

        def work(upload: Upload, item: Item) -> Rendered:
            start = self.clock()
            try:
                # An earlier attempt may have died of this picture: now it can kill only a child.
                developed = self.develop(
                    upload.data, isolated=attempt > 1, focus=self._focus(event, item)
                )
            except UnreadableError as error:
                raise PermanentFailureError(error.code, str(error)) from error
            renditions = self._write(original, content, developed)
            measurement = _measurement(upload, developed)
            self._list(replace(item, **vars(measurement)), content)
            placed = self._place(item, content, developed.sample, self.placings)
            ms = milliseconds(start, self.clock())
            return Rendered(
                original=original,
                ms=ms,
                content=content,
                renditions=renditions,
                recipe=self.recipe,
                placed=placed,
                measurement=measurement,
                owner=upload.owner,
                costs={
                    "resize": function_usd(ms, self.memory_mb),
                    "renditions": writes_usd(len(developed.files)),
                    **_embedding(placed),
                },
            )

        begin = Rendering(original=original, content=content)
        log_outcome(self.stage_run.run(begin, event, limit=self.limit, work=work))

    def _list(self, item: Item, content: str) -> None:
        """Have the picture found by how this content looks."""
        if look := look_of(item):
            listed = Listed(image_id=item.image_id, content=content, look=look)
            self.looks.add(owner_of(item), listed, at=self.clock())

    def _place(
        self, item: Item, content: str, sample: bytes | None, placings: Sequence[Placing]
    ) -> dict[str, bool]:
        """Have the picture found by what it is about; returns whether each model took it."""
        placed: dict[str, bool] = {}
        if sample is None:
            return placed
        for each in placings:
            try:
                each.place(item, content, sample, at=self.clock())
            except NotEmbeddableError as error:
                logger.warning("not placed", extra={"model": each.model, "reason": str(error)})
                placed[each.model] = False
            else:
                placed[each.model] = True
        return placed

    def _is_in_place(self, event: ImageRestored) -> bool:
        """Whether results are to be made again without renditions. With the gate guarded those are
        made after the verdict, whatever else is stale."""
        return bool(event.stale) and (self.analysed_first or "renditions" not in event.stale)

    def _find_again(self, event: ImageRestored, attempt: int) -> None:
        """Have the picture found that lost its look, or that a model has not placed. The content is
        claimed before and after, as by a run: what has become obsolete meanwhile is removed."""
        catalog = self.stage_run.catalog
        item = catalog.get(event.original.image_id)
        if item is None or item.original != event.original or item.content is None:
            return
        content = item.content
        claim = Rendering(original=item.original, content=content)
        claimed = catalog.advance(claim)
        if claimed and claimed.content == content:
            if "likeness" in event.stale:
                self._list(claimed, content)
            placed = None
            if "vectors" in event.stale:
                placed = self._place_again(claimed, content, attempt)
            claimed = catalog.advance(claim)
            if placed:
                claimed = catalog.advance(placed)
        if claimed:
            after = announcements(claimed, event.original, "resize", event.lane)
            self.stage_run.bus.publish(
                [each for each in after if isinstance(each, RenditionsObsolete)]
            )

    def _place_again(self, item: Item, content: str, attempt: int) -> Placed | None:
        """Place the picture by the models whose vectors are missing and that may take it; None if
        the bucket shows another version by now."""
        known = item.placed or {}
        missing = [
            each
            for each in self.placings
            if known.get(each.model, True) and each.vectors.of(item.image_id, content) is None
        ]
        placed = {each.model: True for each in self.placings if each not in missing} | known
        if lost := tuple(each.model for each in missing if each.model in known):
            self.stage_run.catalog.advance(
                Unplaced(original=item.original, content=content, models=lost)
            )
        costs: Mapping[str, float] = {}
        if missing:
            self.stage_run.check_budget()
            start = self.clock()
            try:
                upload = self.stage_run.originals.read(item.original, limit=self.limit)
                sample = self.sample(upload.data, isolated=attempt > 1)
            except (OriginalChangedError, OriginalGoneError):
                return None
            except _UNREADABLE as error:
                logger.warning("not placed", extra={"reason": str(error)})
                made = {each.model: False for each in missing}
            else:
                made = self._place(item, content, sample, missing)
            ms = milliseconds(start, self.clock())
            costs = {"resize": function_usd(ms, self.memory_mb), **_embedding(made)}
            placed |= made
        return Placed(original=item.original, content=content, placed=placed, costs=costs)

    def _focus(self, event: Event, item: Item) -> Focus | None:
        """The analysis counts where it is always complete before."""
        return focus_of(item, analysed=self.analysed_first and isinstance(event, ImageAccepted))

    def _write(self, original: Original, content: str, developed: Developed) -> dict[str, Any]:
        renditions: dict[str, Any] = {}
        for file in developed.files:
            key = str(
                RenditionKey(
                    image_id=original.image_id,
                    content_id=content,
                    name=file.name,
                    extension=file.extension,
                )
            )
            self.renditions.write(key, file.data, file.content_type)
            renditions.setdefault(file.name, {})[file.format] = {
                "key": key,
                "width": file.width,
                "height": file.height,
                "bytes": len(file.data),
            }
        return renditions


def _embedding(placed: Mapping[str, bool]) -> dict[str, float]:
    """What placing a picture cost, by the models that did."""
    models = [model for model, done in placed.items() if done]
    return {"embedding": embeddings_usd(models)} if models else {}


def _measurement(upload: Upload, developed: Developed) -> Measurement:
    return Measurement(
        content_type=developed.content_type,
        width=developed.width,
        height=developed.height,
        placeholder=developed.placeholder,
        measured={
            **asdict(developed.scores),
            "colors": [asdict(colour) for colour in developed.colours],
            "frames": developed.frames,
            "has_alpha": developed.has_alpha,
            **({"stilled": developed.stilled} if developed.stilled else {}),
        },
        hashes={
            "sha256": sha256(upload.data).hexdigest(),
            "dhash": developed.dhash,
            "phash": developed.phash,
        },
        exif=dict(developed.exif) or None,
    )


@cache
def _resize(memory_mb: int) -> Resize:
    settings = from_environment(Settings, os.environ)
    remembered = tombstone(int(settings.retention_days))
    table = DynamoTable(settings.catalog_table, spending=settings.spending_table)
    catalog = Catalog(table, utc, remembered)
    budget = Budget(settings.daily_budget_usd, DynamoLedger(settings.spending_table))
    originals = S3Originals(settings.originals_bucket)
    bus = EventBridgeBus(settings.pipeline_bus)
    limits = Limits.for_memory(memory_mb)
    recipes = S3Recipes(settings.renditions_bucket)
    recipe = recipes.recipe(settings.recipe)
    marks = recipes.watermarks(recipe)
    placings = tuple(
        Placing(embedder(model), DynamoVectors(settings.vectors_table, model))
        for model in placing_models(settings.embedding, settings.next_embedding)
    )

    def develop_upload(data: bytes, *, isolated: bool, focus: Focus | None) -> Developed:
        make = develop_isolated if isolated else develop
        return make(data, recipe, limits, focus=focus, marks=marks, sampled=bool(placings))

    def sample_upload(data: bytes, *, isolated: bool) -> bytes:
        make = develop_isolated if isolated else develop
        sample = make(data, sampling(recipe), limits, sampled=True).sample
        assert sample is not None  # noqa: S101 - it was asked for
        return sample

    return Resize(
        stage_run=StageRun("resize", catalog, originals, bus, budget=budget),
        renditions=S3Renditions(settings.renditions_bucket),
        looks=DynamoLooks(settings.likeness_table),
        develop=develop_upload,
        sample=sample_upload,
        analysed_first=settings.gate == "guarded",
        fingerprint=fingerprint(recipe),
        recipe=recipe.fingerprint,
        limit=limits.bytes,
        memory_mb=memory_mb,
        clock=utc,
        placings=placings,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point."""
    return consume(batch, context, _resize(int(context.memory_limit_in_mb)))
