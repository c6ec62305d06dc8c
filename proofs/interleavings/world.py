"""A small world in which the functions really run, one step at a time, in any order.

Every invocation is a worker of its own, a greenlet that stops before each of its steps. The driver
of the world chooses which one goes on next, which one dies, which call to AWS fails, which event
comes twice and which comes late. Nothing happens by itself.

What the model leaves out: two of a function's own steps in parallel, an EventBridge that loses
what it took, a bucket or table that lies except about a new object, the deletion of a single
version while S3 does not find the one above it, and clocks further apart than `SKEW`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from itertools import count, cycle
from math import isclose
from typing import Any, TypeAlias, cast

from greenlet import GreenletExit, getcurrent, greenlet

from admit.handler import Admit
from api.trash import NothingToRestoreError, NotInTrashError, Trash
from api.verdicts import Asked, Verdicts
from budget.handler import Enforce
from develop.handler import Develop
from notify.handler import Notify
from ops.recovery import recover
from pipeline.address import content_prefix
from pipeline.analyses import Analyses
from pipeline.blocks import BLOCKED
from pipeline.catalog import Catalog
from pipeline.embedding import Placing
from pipeline.events import (
    FOUND_BY,
    Event,
    ImageAccepted,
    ImageFailed,
    ImageHeld,
    ImageReady,
    ImageRejected,
    ImageRestored,
    ImageRetired,
    Lane,
    ObjectCreated,
    ObjectDeleted,
    ObjectRestored,
)
from pipeline.inventory import Listed
from pipeline.item import Curation, Item, preview_of
from pipeline.lifecycle import Described, Received, advance, decisions, shown_content
from pipeline.likeness import ENTRIES, owner_of
from pipeline.original import Original, content_id, image_id
from pipeline.policy import Gate, Moderation, Policy, Quality
from pipeline.recipe import Format, Recipe, Rendition
from pipeline.spending import Budget, day_of
from pipeline.stage_run import StageRun
from pipeline.stale import Deployed, What
from pipeline.storage import Refusal
from pipeline.vision import Questions
from proofs.interleavings.developing import develop
from proofs.memory import (
    MemoryAddresses,
    MemoryAnswers,
    MemoryBackfills,
    MemoryBlocks,
    MemoryBus,
    MemoryClaims,
    MemoryClock,
    MemoryEdge,
    MemoryEmbedder,
    MemoryFeeds,
    MemoryItems,
    MemoryLedger,
    MemoryLooks,
    MemoryMade,
    MemoryMail,
    MemoryOriginals,
    MemoryPreviews,
    MemoryQueues,
    MemoryRenditions,
    MemoryTable,
    MemoryTopic,
    MemoryTrail,
    MemoryVectors,
    MemoryVersions,
    Stored,
)
from rekognition.handler import Analyse
from rendering.framing import Focus
from rendering.renditions import File
from resize.handler import Resize
from retire.handler import Removal, Retire

MAX_TRIES = 5
TIMEOUTS = {
    "resize": 60,
    "rekognition": 60,
    "notify": 30,
    "retire": 60,
    "develop": 30,
    "budget": 30,
    "admit": 120,
    "api": 29,
    "ops": 60,
}
"""Seconds that a function or an operator's command may take; then it is killed."""

SKEW = timedelta(seconds=5)
"""How far any two machines' clocks are apart, at most."""

RECIPES = ("one recipe", "another recipe")

PERSON = "11111111-1111-4111-8111-111111111111"
"""Somebody in the user pool."""

OWNERS = ("ann@example.org", "refused@example.org", None)
"""The addresses that uploads come with, in turn; mail to one of them is refused for good."""

BUDGET_USD = 0.003
"""What a day may cost in a world with a budget: three analyses."""

DEAREST_USD = 0.01
"""More than one picture costs here."""

PAUSED = ("rekognition", "resize")
"""What a budget pauses."""

OUTCOMES = {
    "good": "ready",
    "doubtful": "held",
    "bad": "rejected",
    "broken": "failed",
    "locked": "failed",
    "archived": "failed",
    "empty": "deleted",
}
"""How each kind of upload ends; the kind is the first word of its bytes. S3 returns no bytes of one
that is locked or archived, and an empty one has none. An archived one ends like a good one once S3
has restored a copy."""

_REFUSALS: dict[str, Refusal] = {"locked": "customer_key", "archived": "archived"}

INVISIBLE = timedelta(minutes=10)
"""How long S3 may not find a new object."""

_POLICY = Policy(
    min_confidence=55,
    quality=Quality(min_sharpness=0, min_brightness=0, max_brightness=100, min_contrast=0),
    moderation=Moderation(hold=50, reject=90),
)
_POLICIES = {
    RECIPES[0]: _POLICY,
    RECIPES[1]: replace(_POLICY, moderation=Moderation(hold=70, reject=97)),
}
"""What is deployed together with each recipe."""

_LENIENT = {"doubtful": "ready", "bad": "held"}
"""How these kinds end by the second policy."""

_CONFIDENCES = {b"good": 0, b"archived": 0, b"doubtful": 60, b"bad": 95}


def _routes(gate: str) -> dict[str, tuple[type[Event], ...]]:
    return {
        "resize": (ImageAccepted,)
        if gate == "guarded"
        else (ObjectCreated, ImageRestored, ImageAccepted, ImageHeld),
        "rekognition": (ObjectCreated, ImageRestored),
        "notify": (ImageReady, ImageHeld, ImageRejected, ImageFailed),
        "retire": Retire.handles,
    }


SUBSCRIBERS, UPLOADER = "notify subscribers", "mail uploader"
"""The steps in which `notify` sends something."""

Sent: TypeAlias = tuple[str, str, str, str]
"""`(image_id, sequencer, outcome, step)`."""


@dataclass(frozen=True)
class Request:
    """What a person asks of the API, or an operator of a command, about a picture; one who gets no
    answer asks again."""

    detail_type: str
    original: Original
    ask: Callable[[], object]


@dataclass(frozen=True)
class Signal:
    """An event about no picture."""

    detail_type: str

    @property
    def original(self) -> Original:
        return Original(bucket="", key="", sequencer="", etag="", bytes=0)


@dataclass
class Message:
    """An event on a function's queue, or a request."""

    function: str
    event: Any
    attempt: int = 0
    recipes: set[str] = field(default_factory=set)
    """Those that `resize` was at it with."""

    @property
    def lane(self) -> Lane:
        """The lane whose queue it is on."""
        return self.event.lane if isinstance(self.event, Event) else "live"


@dataclass(eq=False)
class Worker:
    """A function at work on a batch of messages, stopped before its next step."""

    messages: list[Message]
    run: Any
    started: datetime
    skew: timedelta
    at: str = "start"
    trail: list[str] = field(default_factory=list)

    @property
    def message(self) -> Message:
        """The first of its messages. Only `retire` has more than one."""
        return self.messages[0]


class UnavailableError(Exception):
    """A call to AWS failed."""


@dataclass
class _Blocks(MemoryBlocks):
    """Knows which uploads came while their bytes were blocked, and were so until the end."""

    uploads: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of each, by sequencer."""

    def lift(self, sha256: str) -> None:
        super().lift(sha256)
        self.uploads = {name: each for name, each in self.uploads.items() if each != sha256}


class _Vision:
    """Finds in a picture what its first word stands for."""

    def ask(self, image: bytes, questions: Questions) -> dict[str, dict[str, Any]]:
        confidence = _CONFIDENCES[image.split()[0]]
        label = {"Name": "Violence", "Confidence": confidence, "ParentName": ""}
        return {
            operation: {
                "ModerationLabels": [label] if confidence >= options["MinConfidence"] else []
            }
            for operation, options in questions.items()
        }


@dataclass
class _Items(MemoryItems):
    """Stops once more after it has read, before the reader goes on with what may be old by then."""

    def find(self, image_ids: Sequence[str], *, latest: bool = False) -> dict[str, Item]:
        found = super().find(image_ids, latest=latest)
        self.table.pause("use items")
        return found


@dataclass
class _Caches(MemoryEdge):
    """Caches that viewers use all the time."""

    kept: set[str] = field(default_factory=set)

    def forget(self, prefixes: Sequence[str], files: Sequence[str], *, reference: str) -> None:
        super().forget(prefixes, files, reference=reference)
        # The files alone where they are known, as when CloudFront takes no more prefixes.
        gone = tuple(files or prefixes)
        self.kept = {key for key in self.kept if not key.startswith(gone)}


class World:
    """A bucket, four queues for each lane, the functions behind them, and all that they write to.

    A queue keeps no order, so the messages of all of them are one list.
    """

    def __init__(self, *, gate: str, versioned: bool, budget_usd: float = 0) -> None:
        self.gate = gate
        self.versioned = versioned
        self.clock = MemoryClock()
        self.originals = MemoryOriginals(self.clock, versioned, self._pause)
        self.table = MemoryTable(self._pause)
        self.ledger = MemoryLedger(self.table, self._pause)
        self.budget = Budget(budget_usd, self.ledger)
        self.feeds = MemoryFeeds(self._pause)
        self.most_at_work = 0
        """Pictures that were worked on at the same moment, at most."""
        self.renditions = MemoryRenditions(self._pause)
        self.previews = MemoryPreviews(self._pause)
        self.looks = MemoryLooks(self._pause)
        self.claims = MemoryClaims(self._pause)
        self.vectors = MemoryVectors(self._pause)
        self.more_vectors = MemoryVectors(self._pause, "nova", self.vectors.table)
        """Those of a model that is deployed with one of the recipes alone."""
        self.answers = MemoryAnswers(self.table, self._pause)
        self.blocks = _Blocks(self._pause)
        self.trail = MemoryTrail(self._pause)
        self.versions = MemoryVersions(
            self.originals, lambda original: self._deleted(original, timedelta())
        )
        self.bus = MemoryBus(self._pause, self._deliver, signal=self._signal)
        self.edge = _Caches(self._pause)
        self.topic = MemoryTopic(self._pause)
        self.mail = MemoryMail(self._pause, frozenset({OWNERS[1]}))
        self.addresses = MemoryAddresses(self._pause, {PERSON: "person@example.net"})
        self.owners = cycle(OWNERS)
        self.items = _Items(self.table)
        self.backfills = MemoryBackfills(pause=self._pause)
        self.queue: list[Message] = []
        self.postponed: list[Message] = []
        """Batches of a backfill that wait for the next day's budget."""
        self.dead: list[Message] = []
        self.workers: list[Worker] = []
        self.story: list[tuple[str, ...]] = []
        """What happened, in order."""
        self.sent: Counter[Sent] = Counter()
        """How often each notice was sent, to the subscribers and to the uploader."""
        self.excused: Counter[Sent] = Counter()
        """How often `notify` stopped after sending one, before it recorded that."""
        self.sent_in_bulk: Counter[Sent] = Counter()
        """How often each was sent for an event on the lane of bulk work, which must not happen."""
        self.ended_in_bulk: set[tuple[str, str, str]] = set()
        """`(image_id, sequencer, outcome)` of each end that was published on that lane."""
        self.begun: defaultdict[Original, set[Lane]] = defaultdict(set)
        """The lanes on which work on each version began: `live` for an upload, a person's verdict,
        or a deletion that showed an earlier version again."""
        self.uploaded: set[str] = set()
        """Keys whose last upload is no copy, and was not deleted since."""
        self.curations: dict[str, tuple[Curation, ...]] = {}
        """What people made of each picture."""
        self.decided: dict[tuple[str, str], str] = {}
        """The decision that was written last, by image id and etag."""
        self.reprocessed: set[str] = set()
        """Pictures whose results were made again since they were uploaded, of which nobody gets
        another notice."""
        self.backups: dict[str, tuple[Item, int]] = {}
        """Items before the catalog lost what people made of them, and how long the audit trail was
        then."""
        self.approved: set[tuple[str, str]] = set()
        """Whatever was approved once: the same."""
        self.previewed: set[str] = set()
        """Previews whose writer died at its last attempt, so that nobody looks after them."""
        self.abandoned: set[str] = set()
        """Content ids that a run died in whose next try went by another recipe."""
        self.left_behind: set[str] = set()
        """Files whose maker died between writing one and looking whether its picture is still
        shown: what only `reconcile` finds."""
        self.lost = False
        """Whether a message was lost, as none ever should be."""
        self.recipe = RECIPES[0]
        self._at_work: dict[Any, Worker] = {}
        self._stamps = count()
        self._routes = _routes(gate)
        self._functions = self._build()

    def _models(self) -> dict[str, MemoryVectors]:
        """The embedding models that are deployed, and what they made."""
        both = {"titan": self.vectors, "nova": self.more_vectors}
        return both if self.recipe == RECIPES[1] else {"titan": self.vectors}

    def _build(self) -> dict[str, Callable[[Any, int], None] | Retire]:
        catalog = Catalog(self.table, self._time)

        def stage_run(stage: Any) -> StageRun:
            return StageRun(stage, catalog, self.originals, self.bus, self._time, self.budget)

        return {
            "resize": Resize(
                stage_run=stage_run("resize"),
                renditions=self.renditions,
                looks=self.looks,
                develop=develop,
                analysed_first=self.gate == "guarded",
                fingerprint=self.recipe,
                recipe=_made_by(self.recipe).fingerprint,
                limit=1000,
                memory_mb=1769,
                clock=self._time,
                sample=lambda data, *, isolated: develop(data, isolated=isolated).files[0].data,
                placings=tuple(
                    Placing(MemoryEmbedder(self._pause, model), vectors)
                    for model, vectors in self._models().items()
                ),
            ),
            "rekognition": Analyse(
                stage_run("rekognition"),
                lambda data, *, isolated: develop(data, isolated=isolated).files[0].data,
                _Vision(),
                self.answers,
                self.blocks,
                self.looks,
                self.previews,
                Analyses(("moderation",)),
                _POLICIES[self.recipe],
                1000,
                1769,
                self._time,
            ),
            "notify": Notify(
                catalog,
                self.topic,
                self.mail,
                self.addresses,
                frozenset({"example.org"}),
                "https://pictures",
                "test",
                self._time,
                lambda: str(id(getcurrent())),
            ),
            "retire": Retire(
                catalog,
                self.originals,
                self.renditions,
                self.previews,
                self.looks,
                self.edge,
                self.bus,
                self.vectors,
            ),
            "budget": lambda signal, attempt: Enforce(
                self.budget, self.feeds, PAUSED, self._time, lambda: str(next(self._stamps))
            )({"detail-type": signal.detail_type}, attempt),
            "develop": lambda request, _: request.ask(),
            "admit": lambda request, _: request.ask(),
            "api": lambda request, _: request.ask(),
            "ops": lambda request, _: request.ask(),
        }

    def _api(self) -> tuple[Catalog, Verdicts, Trash]:
        catalog = Catalog(self.table, self._time)
        return (
            catalog,
            Verdicts(catalog, self.blocks, self.bus, self.trail, self._time),
            Trash(
                catalog,
                self.versions,
                self.previews,
                self.looks,
                self.trail,
                self._time,
                30,
                self.vectors,
            ),
        )

    # What users do.

    def upload(self, key: str, kind: str, *, invisible: bool = False, lane: Lane = "live") -> None:
        """Upload one of `OUTCOMES`; if invisible, S3 does not find it for a while. What is copied
        within S3 is on the lane `backfill`."""
        self._go_on("upload", key, kind, lane, *(["invisible"] if invisible else []))
        original = self.originals.store(
            key,
            b"" if kind == "empty" else kind.encode(),
            owner=next(self.owners),
            refusal=_REFUSALS.get(kind),
            visible_from=self.clock.now + INVISIBLE if invisible else None,
        )
        digest = sha256(kind.encode()).hexdigest()
        if digest in self.blocks.blocked:
            self.blocks.uploads[original.sequencer] = digest
        self.uploaded.discard(key)
        self.reprocessed.discard(original.image_id)
        if lane == "live":
            self.uploaded.add(key)
        self._deliver(ObjectCreated(original=original, lane=lane))

    def describe(self, key: str, focus: tuple[float, float] | None = None) -> None:
        """Ask the API to keep a text, and perhaps another focus point, with the picture as it is
        now."""
        self._go_on("describe", key)
        item = self.table.items.get(image_id(key))
        if item is None or item.deleted:
            return
        catalog, _, _ = self._api()
        written = Described(
            original=item.original, revision=item.revision, alt_text=item.etag, focus=focus
        )

        def ask() -> None:
            now = catalog.advance(written)
            if now and now.curated and now.curated.focus == focus:
                self.bus.publish(decisions(now))

        self._ask("describe", item, ask)

    def decide(self, key: str, decision: Any, *, block: bool = False) -> None:
        """Ask the API to approve or reject the picture as it is now; the reason is its etag."""
        self._go_on(decision, key, *(["block"] if block else []))
        item = self.table.items.get(image_id(key))
        if item is None:
            return
        image = item.image_id
        _, verdicts, _ = self._api()
        asked: list[Asked] = []

        def ask() -> None:
            # Asked again with the revision that was seen first.
            if not asked:
                seen = self.table.items.get(image, item)
                asked.append(
                    Asked(
                        image_id=image,
                        revision=seen.revision,
                        decision=decision,
                        reason=seen.etag,
                        block=block,
                    )
                )
            verdicts.decide(asked[0], by="a reviewer")

        self._ask(decision, item, ask)

    def trash(self, key: str) -> None:
        """Ask the API to delete the picture."""
        self._go_on("trash", key)
        item = self.table.items.get(image_id(key))
        if item and self.versioned:
            _, _, trash = self._api()
            self._ask("trash", item, lambda: trash.delete(item))

    def restore(self, key: str) -> None:
        """Ask the API to bring the picture back."""
        self._go_on("restore", key)
        item = self.table.items.get(image_id(key))
        if item and self.versioned:
            _, _, trash = self._api()
            self._ask("restore", item, lambda: _politely(lambda: trash.restore(item)))

    def purge(self, key: str) -> None:
        """Ask the API to delete every version of the picture for good."""
        self._go_on("purge", key)
        item = self.table.items.get(image_id(key))
        if item and self.versioned:
            _, _, trash = self._api()
            self._ask("purge", item, lambda: _politely(lambda: trash.purge(item, by="the owner")))

    def _ask(self, what: str, item: Item, ask: Callable[[], object], function: str = "api") -> None:
        self.queue.append(Message(function, Request(what, item.original, ask)))

    def forget(self, key: str) -> None:
        """Let the catalog lose what people made of the picture, which is then processed again. It
        keeps a verdict while files are removed for it: without the verdict they would be shown."""
        self._go_on("forget", key)
        item = self.table.items.get(image_id(key))
        if item is None or not item.curations or item.obsolete:
            return
        self.backups[item.image_id] = (item, len(self.trail.kept))
        left = replace(item, curations=(), revision=item.revision + 1)
        if not item.deleted:
            original = replace(item.original, sequencer=item.as_of).just_after()
            left = advance(left, Received(original=original), self.clock.now) or left
            self._deliver(ImageRestored(original=original))
        self.table.items[item.image_id] = left
        self._note_what_people_made()

    def recover(self, key: str) -> None:
        """Have an operator put back what people made of the picture."""
        self._go_on("recover", key)
        image = image_id(key)
        if image not in self.backups:
            return
        lost, known = self.backups[image]
        catalog, _, _ = self._api()

        def ask() -> None:
            since = self.trail.kept[known:]
            if not any(each.kind == "deletion" and each.subject == image for each in since):
                recover(catalog, self.bus, lost)
                self._expect_again(lost)

        self._ask("recover", lost, ask, "ops")

    def _expect_again(self, lost: Item) -> None:
        """What was decided before it was lost holds again, unless more was decided since."""
        if not self.table.items[lost.image_id].purged:
            for verdict in (each.verdict for each in lost.curations):
                if verdict:
                    self.decided.setdefault((lost.image_id, verdict.reason), verdict.decision)

    def reprocess(self, key: str, again: Sequence[What]) -> None:
        """Have an operator make these results of the picture again if they are stale."""
        self._admit("reprocess", key, again)

    def relist(self, key: str) -> None:
        """Have `reconcile` take the picture for one whose look or vector is missing, rightly or
        not."""
        self._go_on("relist", key)
        if item := self.table.items.get(image_id(key)):
            for what in sorted(FOUND_BY):
                self._deliver(ImageRestored(original=item.original, stale=[what]))

    def view(self, key: str) -> None:
        """Ask for a size of the picture that nobody foresaw, at the address that is shown now."""
        self._go_on("view", key)
        item = self.table.items.get(image_id(key))
        if item is None:
            return
        gate = cast(Gate, self.gate)
        content = shown_content(item.status, item.content, item.previous_content, gate)
        if content is None:
            return
        path = f"/{content_prefix(item.image_id, content)}640.jpg"
        made = Develop(
            table=self.table,
            originals=self.originals,
            made=MemoryMade(self.renditions),
            claims=self.claims,
            ledger=self.ledger,
            bus=self.bus,
            make=_one,
            recipe=_DEMANDED,
            gate=gate,
            daily_usd=1,
            per_picture=100,
            limit=1000,
            memory_mb=1769,
            clock=self._time,
            wait=lambda _: self._pause("poll"),
        )
        self.queue.append(Message("develop", Request(path, item.original, lambda: made(path))))

    def backfill(self, key: str) -> None:
        """Have a backfill admit what the bucket lists under the key, however new it is: what is
        younger than two hours, which a real one leaves alone, is met in the middle of everything.
        """
        self._admit("backfill", key)

    def _admit(self, what: str, key: str, again: Sequence[What] = ()) -> None:
        self._go_on(what, key, *again)
        newest = self.originals.newest(key)
        if newest is None:
            return
        original = newest.original
        listed = [Listed(key, original.etag, original.bytes, newest.modified)]
        admit = Admit(
            bucket=original.bucket,
            items=self.items,
            originals=self.originals,
            bus=self.bus,
            queues=MemoryQueues(),
            urls=(),
            budget=self.budget,
            backfills=self.backfills,
            topic=self.topic,
            stage="test",
            deployed=lambda: Deployed(
                recipe=_made_by(self.recipe).fingerprint,
                policy=_POLICIES[self.recipe],
                analyses=Analyses(("moderation",)),
                models=self.answers.models(),
                embeddings=tuple(self._models()),
            ),
            clock=self._time,
        )

        def ask() -> None:
            before = datetime.max.replace(tzinfo=UTC)
            if admit.batch(what, listed, since=None, before=before, again=again)["wait"]:
                self.postponed.append(message)

        message = Message("admit", Request(what, original, ask))
        self.queue.append(message)

    def quiet(self) -> None:
        """Nothing happens until everything is done."""
        self._go_on("quiet")
        self.settle()

    def delete(self, key: str, skew: timedelta = timedelta()) -> None:
        self._go_on("delete", key)
        if self.originals.newest(key):
            self._deleted(self.originals.delete(key), skew)

    def delete_newest(self, key: str, skew: timedelta = timedelta()) -> None:
        """Delete the newest version or marker for good, which may bring an older one back."""
        self._go_on("delete newest", key)
        if self.originals.versioned and self.originals.versions.get(key):
            self.originals.reveal(key)
            self._deleted(self.originals.delete_newest(key), skew)

    def unarchive(self, key: str) -> None:
        """Have S3 restore a copy of an archived original, which takes longer than any function."""
        self._go_on("unarchive", key)
        newest = self.originals.newest(key)
        if newest and newest.refusal == "archived":
            self.clock.wait(max(TIMEOUTS.values()) + 1)
            self.originals.versions[key][-1] = replace(newest, refusal=None)
            self._deliver(ObjectRestored(original=replace(newest.original, sequencer="")))

    def midnight(self) -> None:
        """Let a new day begin, of which the schedule tells the budget."""
        self._go_on("midnight")
        tomorrow = self.clock.now.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        self.clock.wait((tomorrow + SKEW - self.clock.now).total_seconds())
        self.queue += [replace(each, attempt=0) for each in self.postponed]
        self.postponed.clear()
        self._signal("Scheduled Event")

    def allow(self) -> None:
        """Let an operator raise the budget of the day."""
        self._go_on("allow")
        self.ledger.allow(day_of(self.clock.now), BUDGET_USD)
        self._signal("Budget Raised")

    def redeploy(self, recipe: str) -> None:
        """Change what `resize` makes, and the policy; runs under way go on as they began."""
        self._go_on("redeploy", recipe)
        self.recipe = recipe
        self._functions = self._build()

    # What the world does.

    def start(self, index: int, skew: timedelta = timedelta(), more: int = 0) -> None:
        """Begin with a message, on a machine whose clock is `skew` ahead; `retire` gets up to so
        many more in the same batch."""
        if self.queue[index].function in self.feeds.stopped:
            return
        message = self.queue.pop(index)
        messages = [message]
        if message.function == "retire":
            alike = ("retire", message.lane)
            others = [each for each in self.queue if (each.function, each.lane) == alike][:more]
            messages += others
            self.queue = [each for each in self.queue if not any(each is one for one in others)]
        self._go_on("start", message.function, *(each.event.detail_type for each in messages))
        for each in messages:
            each.attempt += 1
        if message.function == "resize":
            self._abandon(message)
        worker = Worker(messages, None, self.clock.now, skew)
        work = self._functions[message.function]
        worker.run = greenlet(lambda: _work(work, messages))
        self._at_work[worker.run] = worker
        self.workers.append(worker)
        working = sum(each.message.function in PAUSED for each in self.workers)
        self.most_at_work = max(self.most_at_work, working)

    def step(self, index: int) -> None:
        """Let a worker do its next step, unless its time is over."""
        worker = self.workers[index]
        self._go_on(worker.message.function, worker.at, worker.message.event.original.sequencer)
        if self.clock.now - worker.started > timedelta(seconds=TIMEOUTS[worker.message.function]):
            self.crash(index)
            return
        worker.trail.append(worker.at)
        self._after(worker, worker.run.switch())
        self.edge.kept.update(self.renditions.files)
        # Once the bytes are known, what was made about them in two versions becomes one.
        if worker.message.function in ("api", "ops", "rekognition"):
            self._note_what_people_made(anew=worker.message.function == "api")

    def fail(self, index: int) -> None:
        """Let what a worker asks for next fail."""
        worker = self.workers[index]
        if worker.at == "start":
            return
        self._go_on(worker.message.function, worker.at, "fails")
        self._excuse(worker)
        self._after(worker, worker.run.throw(UnavailableError(worker.at)))

    def crash(self, index: int) -> None:
        """Let a worker die before its next step."""
        worker = self.workers.pop(index)
        self._go_on(worker.message.function, worker.at, "dies")
        self._excuse(worker, dies=True)
        if worker.message.function == "rekognition" and worker.message.attempt == MAX_TRIES:
            self.previewed.add(preview_of(worker.message.event.original))
        del self._at_work[worker.run]
        if worker.run:
            worker.run.throw(GreenletExit)
        self._return(worker.messages)

    def stutter(self) -> None:
        """Lose the answer to the next write to the table."""
        self._go_on("stutter")
        self.table.stutters = True

    def wait(self) -> None:
        """Let time pass: leases end, functions time out."""
        self._go_on("wait")
        self.clock.wait(40)

    def repeat(self, index: int) -> None:
        """Deliver a message twice."""
        message = self.queue[index]
        self._go_on("repeat", message.function, message.event.detail_type)
        self.queue.append(Message(message.function, message.event))

    def lose(self, index: int) -> None:
        """Lose a message for ever, which must not happen and is what reconciling is for."""
        message = self.queue.pop(index)
        self._go_on("lose", message.function, message.event.detail_type)
        self.lost = True

    def redrive(self) -> None:
        """Send everything in the dead-letter queue back."""
        self._go_on("redrive")
        self.queue += [replace(message, attempt=0) for message in self.dead]
        self.dead.clear()

    def settle(
        self,
        choose: Callable[[int], int] = lambda _: 0,
        fails: Callable[[], bool] = lambda: False,
    ) -> None:
        """Go on until there is nothing left to do, without further mishaps but calls that fail."""
        self.table.stutters = False
        for _ in range(10_000):
            if self.workers:
                index = choose(len(self.workers))
                self.fail(index) if fails() else self.step(index)
            elif ready := self._ready():
                self.clock.wait(61)
                self.start(ready[choose(len(ready))], more=choose(4))
            elif self.queue or self.postponed:
                self.midnight()
            elif self.dead:
                self.redrive()
            else:
                return
        raise AssertionError("the world does not come to rest")

    def _ready(self) -> list[int]:
        """The messages that may be taken."""
        return [
            index
            for index, each in enumerate(self.queue)
            if each.function not in self.feeds.stopped
        ]

    # What must hold.

    def check_always(self) -> None:
        """At every moment: what an item shows is there, and guarded means guarded."""
        for item in self.table.items.values():
            for key in _shown(item):
                assert key in self.renditions.files, (item.status, key)
                found = (owner_of(item), item.image_id, key.split("/")[2])
                assert found in self.looks.listed, (item.status, key)
                assert found[1:] in self.vectors.placed, (item.status, key)
            made = tuple(replace(each, sha256=None) for each in item.curations)
            assert made == self.curations.get(item.image_id, ()), item
            # Text and reason are the etag of the bytes that they are about; a tombstone has none.
            if item.curated and not item.deleted:
                assert item.curated.alt_text in (item.etag, None), item
                if verdict := item.curated.verdict:
                    assert verdict.reason == item.etag, item
            for outcome, notice in (item.notices or {}).items():
                if notice["state"] == "withheld":
                    ended = (item.image_id, item.sequencer, outcome)
                    assert ended in self.ended_in_bulk, f"withheld without cause: {ended}"
            if item.status == "held":
                assert item.preview in self.previews.files, item
            if item.purged and item.deleted:
                assert (item.curations, item.trashed, item.hashes) == ((), None, None), item
                assert item.answers is None, item
        if self.gate == "guarded":
            for key, data in self.renditions.files.items():
                approved = (key.split("/")[1], _etag(data)) in self.approved
                assert data.split()[0] in (b"good", b"archived", b"doubtful") or approved, key

    def check_end(self) -> None:
        """When all is quiet: every picture is where an orderly run would have left it."""
        assert not self.queue
        assert not self.dead
        assert not self.postponed
        paused = set(PAUSED) if self.ledger.noted else set()
        assert self.feeds.stopped == paused, (self.feeds.stopped, self.ledger.noted)
        self._check_spending()
        for key in self.originals.versions:
            item = self.table.items.get(image_id(key))
            newest = self.originals.newest(key)
            shown = _shown(item) if item else []
            left = self._left(key) - set(shown) - self._made_of(shown)
            assert left == set(), (item and item.status, left)
            if newest is None:
                assert item is None or item.status == "deleted", (key, item)
                retired = {
                    event.original.key
                    for event in self.bus.published
                    if isinstance(event, ImageRetired) and event.reason == "deleted"
                }
                # Where the deletion's own event is lost, a stage finds the original gone.
                assert item is None or key in retired or self.lost
                continue
            assert item is not None
            assert newest.data is not None
            kind = newest.data.decode().split()[0]
            expected = self._expected(item, kind, newest)
            assert item.status == expected, (key, kind, item)
            assert item.etag in (newest.original.etag, "" if kind == "locked" else None)
            # Where Rekognition's event is lost, nobody asks about the bytes that cannot be read.
            assert item.kept is None or (item.status == "failed" and self.lost), item
            if item.status in ("rejected", "failed"):
                assert shown == []
            rendered = item.status == "ready" or (item.status, self.gate) == ("held", "open")
            # One that was shown once keeps its files while a stricter policy holds it.
            kept = item.status == "held" and item.image_id in self.reprocessed
            assert bool(item.renditions) == rendered or kept
            assert (item.previous is None) or item.status == "held"
            self._check_notices(item)
        for item in self.table.items.values():
            contents = {key.split("/")[2] for key in _shown(item)}
            assert {*item.claimed, *item.former} == contents, item
            # One whose writer died at its last attempt is needed again after a redrive.
            needed = {item.preview} if item.status == "held" else set()
            assert needed <= {*item.previews}, item
            assert {*item.previews} - self.previewed == needed - self.previewed, item
        self._check_looks()
        self._check_vectors()
        previews = {item.preview for item in self.table.items.values() if item.status == "held"}
        assert set(self.previews.files) - self.previewed == previews - self.previewed
        assert not self.sent_in_bulk
        for outcome, times in self.sent.items():
            assert times <= 1 + self.excused[outcome], outcome
        assert self.edge.kept - self.left_behind == set(self.renditions.files) - self.left_behind

    def _check_looks(self) -> None:
        """A picture is found by exactly the looks of the contents that it shows or keeps."""
        expected = {
            (owner_of(item), item.image_id, content)
            for item in self.table.items.values()
            for content in {key.split("/")[2] for key in _shown(item)}
        }
        listed = {
            each for each in self.looks.listed if each in expected or each[2] not in self.abandoned
        }
        assert listed == expected, (listed, expected)
        shelved = Counter(
            (owner, *each) for (owner, _), shelf in self.looks.shelves.items() for each in shelf
        )
        kept = {each for each in shelved if each in expected or each[2] not in self.abandoned}
        assert kept == expected, (kept, expected)
        assert all(shelved[each] == ENTRIES - 1 for each in expected), shelved

    def _check_vectors(self) -> None:
        """Likewise by exactly the vectors of these contents that the first model made, and by those
        of another that the item tells of."""
        expected = {
            (item.image_id, content)
            for item in self.table.items.values()
            for content in {key.split("/")[2] for key in _shown(item)}
        }
        for vectors in (self.vectors, self.more_vectors):
            placed = {
                each for each in vectors.placed if each in expected or each[1] not in self.abandoned
            }
            assert placed <= expected, (placed, expected)
            told = {
                (item.image_id, item.content)
                for item in self.table.items.values()
                if item.content and (item.placed or {}).get(vectors.model)
            }
            assert told <= placed, (told, placed)
        assert expected <= set(self.vectors.placed), expected

    def _check_notices(self, item: Item) -> None:
        """Nothing is left to send. Uploaders are notified: the notice of a version that began on
        the lane `live` is sent, and no backfill starts over what somebody uploaded."""
        ended = (item.image_id, item.sequencer, item.status)
        assert item.noticed, f"nothing is sent or withheld of {ended}"
        if item.image_id in self.reprocessed:
            return
        lanes = self.begun[item.original]
        assert lanes, f"begun by nothing: {ended}"
        if "live" in lanes:
            assert self.sent[*ended, SUBSCRIBERS] >= 1, f"not sent: {ended}"
            assert self.sent[*ended, UPLOADER] >= bool(item.owner or item.owner_id)
        else:
            assert item.key not in self.uploaded, f"overtaken by a backfill: {ended}"

    def _check_spending(self) -> None:
        """Every cost of a version is in the sums once, and a day costs its budget and no more than
        was worked on at once besides."""
        for day in {charge.day for _, charge in self.table.charges}:
            sums, most = self.ledger.sums(day), self.most_at_work * DEAREST_USD
            assert not self.budget.daily_usd or (
                sums.usd <= self.budget.daily_usd + sums.extra_usd + most
            ), sums
        for item in self.table.items.values():
            charges = [each for original, each in self.table.charges if original == item.original]
            costs: Counter[str] = Counter()
            for each in charges:
                costs.update(each.costs)
            if not item.deleted:
                assert set(item.costs or {}) == set(costs), (item, costs)
                for name, usd in costs.items():
                    assert isclose((item.costs or {})[name], usd), (item, costs)
                assert (item.verdict is None) == ("rekognition" not in costs), item

    def _expected(self, item: Item, kind: str, newest: Stored) -> str:
        """The status that a picture of these bytes must have in the end."""
        decision = self.decided.get((item.image_id, newest.original.etag))
        # Nobody knows of an upload that S3 does not return that it has the bytes of a former one.
        if decision and newest.refusal is None:
            return "ready" if decision == "accept" else "rejected"
        if newest.original.sequencer in self.blocks.uploads and newest.refusal is None:
            assert item.verdict == BLOCKED, item
        if item.verdict == BLOCKED:
            return "rejected"
        restored = kind == "archived" and newest.refusal is None
        if restored:
            return "ready"
        lenient = item.policy == _POLICIES[RECIPES[1]].fingerprint
        # A verdict by the first policy may follow from answers to the second.
        asked = (item.asked or {}).get("detect_moderation_labels")
        least = asked.get("least", 0) if asked else 0
        lenient |= kind == "doubtful" and least > _CONFIDENCES[b"doubtful"]
        return _LENIENT.get(kind, OUTCOMES[kind]) if lenient else OUTCOMES[kind]

    def _note_what_people_made(self, *, anew: bool = True) -> None:
        """Take down what is made of the pictures, which only some steps may change. What is not
        made anew never takes the place of a decision."""
        for image, item in self.table.items.items():
            made = tuple(replace(each, sha256=None) for each in item.curations)
            before = self.curations.get(image, ())
            if made == before:
                continue
            self.curations[image] = made
            for each in made:
                verdict = each.verdict
                if verdict and each not in before:
                    if anew or (image, verdict.reason) not in self.decided:
                        self.decided[image, verdict.reason] = verdict.decision
                    if verdict.decision == "accept":
                        self.approved.add((image, verdict.reason))
            if not made:
                self.decided = {
                    name: decision for name, decision in self.decided.items() if name[0] != image
                }

    def _made_of(self, shown: Sequence[str]) -> set[str]:
        """The files made on demand of what is shown."""
        prefixes = tuple({key.rpartition("/")[0] for key in shown})
        return {
            key
            for key in self.renditions.files
            if key.endswith("/640.jpg") and key.startswith(prefixes)
        }

    def _left(self, key: str) -> set[str]:
        """The picture's files, but for those that nobody could know of."""
        return {
            name
            for name in self.renditions.files
            if image_id(key) in name
            and name.split("/")[2] not in self.abandoned
            and name not in self.left_behind
        }

    def _after(self, worker: Worker, result: Any) -> None:
        if not worker.run.dead:
            worker.at = result
            return
        self.workers.remove(worker)
        del self._at_work[worker.run]
        self._return(result)

    def _excuse(self, worker: Worker, *, dies: bool = False) -> None:
        """A notice is sent again if `notify` stops between sending and recording. Before it mails
        the uploader, it has recorded that the subscribers are notified. A file of `develop` stays
        if it dies between writing it and looking again, or cannot have `retire` remove it."""
        if (
            worker.message.function == "develop"
            and "write image/jpeg" in worker.trail
            and (dies or worker.at.startswith("publish"))
        ):
            self.left_behind.add(str(worker.message.event.detail_type).removeprefix("/"))
        if worker.message.function != "notify":
            return
        image, sequencer, outcome = _outcome(worker.message.event)
        item = self.table.items.get(image)
        if item is None or item.sequencer != sequencer:
            return
        marks = (item.notices or {}).get(outcome, {})
        trail = [*worker.trail, worker.at]
        whom = UPLOADER if UPLOADER in trail else SUBSCRIBERS
        if whom in worker.trail and marks.get("state") != "sent":
            self.excused[image, sequencer, outcome, whom] += 1

    def _abandon(self, message: Message) -> None:
        for recipe in message.recipes - {self.recipe}:
            self.abandoned.add(content_id(message.event.original, recipe))
        message.recipes.add(self.recipe)

    def _pause(self, step: str) -> None:
        worker = self._at_work.get(getcurrent())
        if worker is None:
            return
        worker.run.parent.switch(step)
        if step in (SUBSCRIBERS, UPLOADER):
            sent = (*_outcome(worker.message.event), step)
            (self.sent if worker.message.lane == "live" else self.sent_in_bulk)[sent] += 1

    def _time(self) -> datetime:
        worker = self._at_work.get(getcurrent())
        return self.clock.now + (worker.skew if worker else timedelta())

    def _return(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.function == "develop":
                continue  # whoever asked gets an error, and nobody asks again
            (self.dead if message.attempt >= MAX_TRIES else self.queue).append(message)

    def _deliver(self, event: Event) -> None:
        if event.at is None:
            event = replace(event, at=self.clock.now)
        found = isinstance(event, ImageRestored) and event.is_only_to_be_found
        if isinstance(event, ImageRestored) and event.stale and not found:
            self.reprocessed.add(event.original.image_id)
            self.uploaded.discard(event.original.key)
        if isinstance(event, ObjectCreated | ImageRestored) and not found:
            self.begun[event.original].add(event.lane)
        if event.lane == "backfill" and isinstance(event, Notify.handles):
            self.ended_in_bulk.add(_outcome(event))
        empty = isinstance(event, ObjectCreated) and not event.original.bytes
        again = isinstance(event, ImageRestored) and not FOUND_BY.isdisjoint(event.stale)
        for function, kinds in self._routes.items():
            wanted = not isinstance(event, ObjectCreated) or (function == "retire") == empty
            heard = isinstance(event, kinds) or (again and function == "resize")
            if heard and wanted and not self._begun(function, event):
                self.queue.append(Message(function, event))

    def _begun(self, function: str, event: Event) -> bool:
        """Whether the gate's rule leaves the event out, as `resize` has begun on its version."""
        seen = isinstance(event, ImageAccepted | ImageHeld) and event.rendering
        return function == "resize" and self.gate == "open" and seen

    def _signal(self, detail_type: str) -> None:
        self.queue.append(Message("budget", Signal(detail_type)))

    def _deleted(self, original: Original, skew: timedelta) -> None:
        self.uploaded.discard(original.key)
        at = (self.clock.now + skew).replace(microsecond=0)
        self._deliver(ObjectDeleted(original=original, at=at))

    def _go_on(self, *happened: str) -> None:
        self.story.append(happened)
        self.clock.wait(0.1)


_DEMANDED = Recipe(
    renditions=(Rendition(name="small", width=4, height=3),),
    formats=(Format(format="jpeg"),),
    sizes=(640,),
)


def _one(data: bytes, rendition: Rendition, entry: Format, *, focus: Focus | None) -> File:
    return develop(data, isolated=False).files[0]


def _made_by(recipe: str) -> Recipe:
    """What `admit` takes the recipe for."""
    return Recipe(
        renditions=(Rendition(name="small", width=len(recipe), height=1),),
        formats=(Format(format="jpeg"),),
    )


def _politely(ask: Callable[[], object]) -> None:
    """Leave it at that if the API refuses."""
    with suppress(NothingToRestoreError, NotInTrashError):
        ask()


def _etag(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()


def _work(
    work: Callable[[Event, int], None] | Retire, messages: Sequence[Message]
) -> list[Message]:
    """Work on a batch as `runtime.queue` does, whatever fails; returns the messages that do."""
    if isinstance(work, Retire):
        return _work_together(work, messages)
    failed = []
    for message in messages:
        try:
            work(message.event, message.attempt)
        except Exception:
            failed.append(message)
    return failed


def _work_together(work: Retire, messages: Sequence[Message]) -> list[Message]:
    failed = []
    begun: list[tuple[Message, Removal]] = []
    for message in messages:
        try:
            if removal := work.begin(message.event):
                begun.append((message, removal))
        except Exception:
            failed.append(message)
    try:
        work.share([removal for _, removal in begun])
    except Exception:
        return [*failed, *(message for message, _ in begun)]
    for message, removal in begun:
        try:
            work.finish(removal)
        except Exception:
            failed.append(message)
    return failed


def _shown(item: Item) -> list[str]:
    """The keys of the renditions that the item shows or keeps."""
    if item.status in ("rejected", "failed", "deleted"):
        return []
    return [
        file["key"]
        for renditions in (item.renditions, item.previous)
        for formats in (renditions or {}).values()
        for file in formats.values()
    ]


def _outcome(event: Event) -> tuple[str, str, str]:
    word = {
        ImageReady: "ready",
        ImageHeld: "held",
        ImageRejected: "rejected",
        ImageFailed: "failed",
    }[type(event)]
    return event.original.image_id, event.original.sequencer, word
