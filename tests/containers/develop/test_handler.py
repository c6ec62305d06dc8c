"""What is answered at an address that the bucket of renditions lacks, and what is stored there."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from develop.handler import CLAIMED, MOST_BYTES, POLL_SECONDS, POLLS, Answer, Develop, answered
from pictures.limits import UnreadableError
from pipeline.catalog import Catalog
from pipeline.events import RenditionsObsolete
from pipeline.facts import Analysis
from pipeline.item import Curation, Verdict
from pipeline.lifecycle import Analysed, Deleted, Received, Rendered
from pipeline.original import Original
from pipeline.policy import Gate
from pipeline.prices import demand_usd
from pipeline.recipe import Format, Preset, Recipe, Rendition, Watermark
from pipeline.spending import day_of
from proofs.memory import (
    MemoryBus,
    MemoryClaims,
    MemoryClock,
    MemoryLedger,
    MemoryMade,
    MemoryOriginals,
    MemoryRenditions,
    MemoryTable,
    no_pause,
)
from rendering.framing import Area, Focus
from rendering.renditions import File
from tests.containers.found import MEASUREMENT, SHA256

CONTENT = "0123456789abcdef"
RECIPE = Recipe(
    renditions=(
        Rendition(name="small", width=500, height=500),
        Rendition(name="thumb", width=128, height=128, fit="cover"),
        Rendition(name="large", width=1600, height=1600),
    ),
    formats=(Format(format="avif"), Format(format="jpeg")),
    presets=(
        Preset(name="card", width=400, height=300, fit="cover"),
        Preset(name="hidden", width=400, height=300, hide_faces="blur"),
        Preset(name="marked", width=400, height=300, watermark="logo"),
    ),
    watermarks=(Watermark(name="logo", sha256="0" * 64),),
    sizes=(320, 640, 1280, 2560),
)
FACE = {"left": 0.25, "top": 0.1, "width": 0.5, "height": 0.5}
SHORT = "public, max-age=60"
DAY = 10.0


@dataclass
class Making:
    """Makes a file of its size's name in half a second."""

    clock: MemoryClock
    asked: list[tuple[str, int, str, Focus | None]] = field(default_factory=list)
    during: Callable[[], object] = lambda: None
    data: bytes | None = None

    def __call__(
        self, data: bytes, rendition: Rendition, entry: Format, *, focus: Focus | None
    ) -> File:
        self.asked.append((rendition.name, rendition.width, entry.format, focus))
        self.clock.wait(0.5)
        self.during()
        made = self.data or data + f" at {rendition.width}".encode()
        return File("any", entry.format, 1, 1, made, "jpg", f"image/{entry.format}")


class Darkroom:
    """A picture that is shown, and the function with everything around it in memory."""

    def __init__(self, gate: Gate = "open", per_picture: int = 3) -> None:
        self.clock = MemoryClock()
        self.originals = MemoryOriginals(self.clock)
        self.table, self.ledger = MemoryTable(), MemoryLedger()
        self.catalog = Catalog(self.table, self.clock)
        self.bus = MemoryBus()
        self.renditions, self.claims = MemoryRenditions(), MemoryClaims()
        self.make = Making(self.clock)
        self.waits: Callable[[float], None] = self.clock.wait
        self.develop = Develop(
            table=self.table,
            originals=self.originals,
            made=MemoryMade(self.renditions),
            claims=self.claims,
            ledger=self.ledger,
            bus=self.bus,
            make=self.make,
            recipe=RECIPE,
            gate=gate,
            daily_usd=DAY,
            per_picture=per_picture,
            limit=1_000_000,
            memory_mb=1769,
            clock=self.clock,
            wait=lambda seconds: self.waits(seconds),
        )
        self.original = self.originals.store("uploads/a.jpg", b"picture")
        self.show(self.original, CONTENT)

    def show(self, original: Original, content: str) -> None:
        """Have a version's renditions made ahead, as `resize` does."""
        made: dict[str, dict[str, Any]] = {}
        for name, width in (("small", 500), ("thumb", 128), ("large", 1600)):
            for form, extension in (("avif", "avif"), ("jpeg", "jpg")):
                key = f"i/{original.image_id}/{content}/{name}.{extension}"
                self.renditions.files[key] = f"{content} {name}".encode()
                size = {"width": width, "height": width, "bytes": 20}
                made.setdefault(name, {})[form] = {"key": key, **size}
        self.catalog.advance(
            Rendered(original=original, content=content, renditions=made, measurement=MEASUREMENT)
        )

    def analyse(self, decision: Any = "accept", **found: Any) -> None:
        self.catalog.advance(
            Analysed(
                original=self.original,
                verdict=Verdict(decision=decision),
                analysis=Analysis(**found),
                sha256=SHA256,
                asked={"detect_faces": {"question": "q"}},
            )
        )

    def key(self, file: str, content: str = CONTENT) -> str:
        return f"i/{self.original.image_id}/{content}/{file}"

    def ask(self, file: str, content: str = CONTENT) -> Answer:
        return self.develop(f"/{self.key(file, content)}")

    @property
    def made(self) -> dict[str, bytes]:
        """The files that were made on demand."""
        return {
            key.rpartition("/")[2]: data
            for key, data in self.renditions.files.items()
            if not data.startswith((CONTENT.encode(), b"fedc"))
        }

    def delete(self) -> None:
        """Delete the original and remove its renditions, as `retire` does."""
        deleted = self.originals.delete("uploads/a.jpg")
        self.catalog.advance(Deleted(original=deleted))
        self.renditions.files.clear()


@pytest.fixture
def darkroom() -> Darkroom:
    return Darkroom()


def test_the_first_request_makes_the_file_stores_and_answers_it(darkroom: Darkroom) -> None:
    answer = darkroom.ask("640.avif")

    headers = {"Content-Type": "image/avif", "Cache-Control": SHORT}
    assert answer == Answer(200, headers, b"picture at 640")
    assert darkroom.made == {"640.avif": b"picture at 640"}
    assert darkroom.make.asked == [("on-demand", 640, "avif", None)]
    day = day_of(darkroom.clock())
    assert darkroom.ledger.demanded[day] == demand_usd(500, 1769)
    assert darkroom.ledger.sums(day).usd == 0


def test_a_preset_is_made_by_its_name(darkroom: Darkroom) -> None:
    assert darkroom.ask("card.jpg").status == 200
    assert darkroom.make.asked == [("card", 400, "jpeg", None)]


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("640.gif", "the extension must be one of avif, jpg, got gif\n"),
        ("640", "the extension must be one of avif, jpg, got None\n"),
        ("641.avif", "the name must be written 1280, got 641\n"),
        ("cover,640.avif", "the name must be written 640,cover, got cover,640\n"),
        ("640X480.avif", "the path must be /i/IMAGE/CONTENT/NAME.EXTENSION\n"),
        ("5000.avif", "size must be at most 2560 pixels a side, got 5000x5000\n"),
    ],
)
def test_an_address_that_the_edge_should_not_have_let_through_is_refused(
    darkroom: Darkroom, file: str, problem: str
) -> None:
    answer = darkroom.ask(file)
    assert (answer.status, answer.body.decode()) == (400, problem)
    # For seconds: during a deployment the edge may know more than the function.
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert darkroom.make.asked == []


def test_what_is_made_ahead_and_is_not_there_is_missing(darkroom: Darkroom) -> None:
    answer = darkroom.ask("medium.avif")
    assert (answer.status, answer.body) == (404, b"there is no rendition medium\n")


@pytest.mark.parametrize("decision", ["reject", "hold"])
def test_a_picture_that_is_not_shown_is_missing_for_seconds(decision: str) -> None:
    darkroom = Darkroom(gate="guarded")
    darkroom.analyse(decision)
    answer = darkroom.ask("640.avif")
    assert (answer.status, answer.headers["Cache-Control"]) == (404, "public, max-age=5")
    assert (darkroom.make.asked, darkroom.made) == ([], {})


def test_a_picture_that_is_deleted_or_unknown_or_of_another_content_is_missing(
    darkroom: Darkroom,
) -> None:
    assert darkroom.ask("640.avif", "f" * 16).status == 404
    assert darkroom.develop(f"/i/{'0' * 32}/{CONTENT}/640.avif").status == 404
    darkroom.delete()
    assert darkroom.ask("640.avif").status == 404
    assert darkroom.make.asked == []


@pytest.mark.parametrize("step", ["make", "write image/avif"])
def test_no_file_outlives_a_picture_that_is_deleted_meanwhile(
    darkroom: Darkroom, step: str
) -> None:
    if step == "make":
        darkroom.make.during = darkroom.delete
    else:
        darkroom.renditions.pause = lambda at: darkroom.delete() if at == step else None

    answer = darkroom.ask("640.avif")

    assert (answer.status, darkroom.renditions.files) == (404, {})
    # Which has CloudFront drop it, if that came across it meanwhile.
    [obsolete] = darkroom.bus.published
    assert obsolete == RenditionsObsolete(
        original=darkroom.original, contents=[CONTENT], previews=[]
    )


def test_a_rejection_meanwhile_takes_the_file_back() -> None:
    darkroom = Darkroom()
    darkroom.make.during = lambda: darkroom.analyse("reject")
    assert darkroom.ask("640.avif").status == 404
    assert darkroom.made == {}


def test_an_overwrite_meanwhile_leaves_what_is_still_shown(darkroom: Darkroom) -> None:
    def overwrite() -> None:
        newer = darkroom.originals.store("uploads/a.jpg", b"newer")
        darkroom.catalog.advance(Received(original=newer))

    darkroom.analyse()
    darkroom.make.during = overwrite
    assert darkroom.ask("640.avif").status == 200
    item = darkroom.catalog.get(darkroom.original.image_id)
    assert item is not None
    assert (item.content, item.previous_content) == (None, CONTENT)

    # Of the earlier version nothing more can be made, as nobody knows it any more.
    answer = darkroom.ask("1280.avif")
    assert (answer.status, answer.body) == (200, b"0123456789abcdef large")
    assert list(darkroom.made) == ["640.avif"]


def test_whoever_comes_while_it_is_made_waits_for_it(darkroom: Darkroom) -> None:
    key, file = darkroom.key("640.avif"), "640.avif"
    until = darkroom.clock() + CLAIMED
    darkroom.claims.claim(darkroom.key(""), file, at=darkroom.clock(), until=until, most=9)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            darkroom.renditions.files[key] = b"made by another"

    darkroom.waits = wait
    answer = darkroom.ask("640.avif")
    assert (answer.status, answer.body, waited) == (200, b"made by another", [POLL_SECONDS] * 3)
    assert darkroom.make.asked == []


def test_whoever_waits_for_too_long_is_told_to_come_again(darkroom: Darkroom) -> None:
    until = darkroom.clock() + CLAIMED
    darkroom.claims.claim(darkroom.key(""), "640.avif", at=darkroom.clock(), until=until, most=9)
    start = darkroom.clock()
    answer = darkroom.ask("640.avif")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (darkroom.clock() - start).total_seconds() == POLLS * POLL_SECONDS
    assert darkroom.make.asked == []


def test_a_claim_ends_with_whoever_died_with_it(darkroom: Darkroom) -> None:
    at = darkroom.clock()
    darkroom.claims.claim(darkroom.key(""), "640.avif", at=at, until=at + CLAIMED, most=9)
    darkroom.clock.wait(CLAIMED.total_seconds())
    assert darkroom.ask("640.avif").body == b"picture at 640"


def test_an_outage_keeps_nobody_waiting(darkroom: Darkroom) -> None:
    def fail(at: str) -> None:
        if at.startswith("write"):
            raise OSError(at)

    darkroom.renditions.pause = fail
    with pytest.raises(OSError, match="write image/avif"):
        darkroom.ask("640.avif")
    darkroom.renditions.pause = no_pause
    assert darkroom.ask("640.avif").status == 200


@pytest.mark.parametrize(
    ("failing", "left"), [("read original", 3), ("charge the demand", 3), ("write image", 0)]
)
def test_an_outage_uses_nothing_of_a_picture_up_unless_something_may_be_stored(
    darkroom: Darkroom, failing: str, left: int
) -> None:
    for _ in range(3):
        everywhere(darkroom, Outage(failing))
        assert answered(lambda: darkroom.ask("640.avif")).status == 503
    everywhere(darkroom, Outage())
    for file in ("320.avif", "640.avif", "1280.avif", "2560.avif"):
        darkroom.ask(file)
    assert len(darkroom.made) == left


def test_a_file_that_is_there_is_answered_counted_and_not_made_again(
    darkroom: Darkroom, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "darkroom-test")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "develop")
    darkroom.ask("640.avif")
    darkroom.clock.wait(CLAIMED.total_seconds())
    capsys.readouterr()

    answer = darkroom.ask("640.avif")

    assert (answer.status, answer.body) == (200, b"picture at 640")
    assert len(darkroom.make.asked) == 1
    assert '"AlreadyThere":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_a_file_that_another_wrote_first_is_the_answer(darkroom: Darkroom) -> None:
    def write() -> None:
        darkroom.renditions.files[darkroom.key("640.avif")] = b"the first"

    darkroom.make.during = write
    assert darkroom.ask("640.avif").body == b"the first"
    assert darkroom.made == {"640.avif": b"the first"}


def test_a_large_file_is_stored_and_redirected_to_once(darkroom: Darkroom) -> None:
    darkroom.make.data = b"x" * (MOST_BYTES + 1)
    first = darkroom.ask("2560.jpg")
    # To the address that was asked for, whatever its spelling and with its signature.
    assert first == Answer(302, {"Location": "#stored", "Cache-Control": "no-store"})
    assert len(darkroom.made["2560.jpg"]) == MOST_BYTES + 1

    # As with a bucket that CloudFront cannot read.
    assert darkroom.ask("2560.jpg").status == 503
    darkroom.clock.wait(CLAIMED.total_seconds())
    assert darkroom.ask("2560.jpg").status == 503


def test_beyond_so_many_of_a_picture_the_nearest_is_shown(darkroom: Darkroom) -> None:
    files = ["320.avif", "640.avif", "1280.avif"]
    assert [darkroom.ask(each).status for each in files] == [200] * 3

    for file, nearest in {
        "640x320.avif": "large",
        "320x640.jpg": "small",
        "2560.avif": "large",
        "640,cover.avif": "thumb",
    }.items():
        answer = darkroom.ask(file)
        assert (answer.status, answer.body.decode()) == (200, f"{CONTENT} {nearest}")
        assert answer.headers["Cache-Control"] == SHORT
    assert sorted(darkroom.made) == sorted(files)


def test_beyond_the_dollars_of_a_day_the_nearest_is_shown_until_midnight(
    darkroom: Darkroom,
) -> None:
    darkroom.ledger.demanded[day_of(darkroom.clock())] = DAY
    assert darkroom.ask("640.avif").body.decode() == f"{CONTENT} large"
    assert (darkroom.made, darkroom.claims.granted) == ({}, {})

    darkroom.clock.wait(24 * 60 * 60)
    assert darkroom.ask("640.avif").body == b"picture at 640"


@pytest.mark.parametrize("preset", ["hidden", "marked"])
def test_beyond_a_limit_nothing_is_uncovered(darkroom: Darkroom, preset: str) -> None:
    darkroom.analyse(faces=({"box": FACE, "confidence": 99.0},))
    darkroom.ledger.demanded[day_of(darkroom.clock())] = DAY
    answer = darkroom.ask(f"{preset}.avif")
    assert (answer.status, answer.headers["Cache-Control"]) == (404, "public, max-age=5")
    assert answer.body == b"no rendition of this format is there that could stand in\n"


def test_without_any_rendition_of_the_format_nothing_is_shown(darkroom: Darkroom) -> None:
    darkroom.ledger.demanded[day_of(darkroom.clock())] = DAY
    darkroom.renditions.files.clear()
    assert darkroom.ask("640.avif").status == 404


def test_faces_are_kept_in_view_unless_a_person_chose_a_point(darkroom: Darkroom) -> None:
    darkroom.analyse(faces=({"box": FACE, "confidence": 99.0},))
    darkroom.ask("640,cover.avif")
    item = darkroom.catalog.get(darkroom.original.image_id)
    assert item is not None
    chosen = Curation(version_id=item.version_id, sha256=item.sha256, focus=(0.25, 0.5))
    darkroom.table.items[item.image_id] = replace(item, curations=(chosen,))
    darkroom.ask("320,cover.avif")

    assert [each[3] for each in darkroom.make.asked] == [
        Focus(faces=(Area(**FACE),), searched=("faces",)),
        Focus(faces=(Area(**FACE),), point=Area(0.25, 0.5, 0.0, 0.0), searched=("faces",)),
    ]


def test_a_preset_that_hides_faces_waits_for_the_analysis(darkroom: Darkroom) -> None:
    assert darkroom.ask("hidden.avif").status == 404
    assert darkroom.make.asked == []
    darkroom.analyse(faces=())
    assert darkroom.ask("hidden.avif").status == 200


@pytest.mark.parametrize("mishap", ["gone", "changed", "unreadable"])
def test_an_original_that_cannot_be_read_any_more_is_missing(
    darkroom: Darkroom, mishap: str
) -> None:
    if mishap == "unreadable":

        def fail() -> None:
            raise UnreadableError("truncated", "cut short")

        darkroom.make.during = fail
    elif mishap == "gone":
        darkroom.originals.delete_version(darkroom.original)
    else:
        darkroom.originals.versions.clear()
    answer = darkroom.ask("640.avif")
    assert (answer.status, answer.headers["Cache-Control"]) == (404, SHORT)
    assert darkroom.made == {}
    # What is tried costs as much as what succeeds.
    tried = demand_usd(500 if mishap == "unreadable" else 0, 1769)
    assert darkroom.ledger.demanded == {day_of(darkroom.clock()): tried}


class OutageError(Exception):
    """What an adapter raises when its service does not respond."""


CALLS = [
    *("get item", "add up the demand", "claim file", "read original", "charge the demand"),
    *("write image", "get item again"),
]
"""Of a request that makes a file, in their order."""


@dataclass
class Outage:
    """Fails one call of all that are made; None fails none."""

    failing: str | None = None
    after: Callable[[str], object] = lambda _: None
    made: list[str] = field(default_factory=list)

    def __call__(self, word: str) -> None:
        name = word.partition("/")[0]
        self.made.append(f"{name} again" if name in self.made else name)
        if self.made[-1] == self.failing:
            raise OutageError(self.failing)
        self.after(self.made[-1])


def everywhere(darkroom: Darkroom, outage: Outage) -> None:
    for each in (
        *(darkroom.table, darkroom.originals, darkroom.claims),
        *(darkroom.ledger, darkroom.bus, darkroom.renditions),
    ):
        each.pause = outage


def test_the_calls_of_a_request_are_those_that_are_failed_below(darkroom: Darkroom) -> None:
    outage = Outage()
    everywhere(darkroom, outage)
    assert darkroom.ask("640.avif").status == 200
    assert outage.made == CALLS


@pytest.mark.parametrize("failing", CALLS)
def test_a_service_that_is_down_is_a_503_and_the_next_request_succeeds(
    darkroom: Darkroom,
    failing: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "darkroom")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "develop")
    everywhere(darkroom, Outage(failing))
    answer = answered(lambda: darkroom.ask("640.avif"))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.body == b"this rendition cannot be made now\n"
    assert '"Failed":[1.0]' in capsys.readouterr().out.replace(" ", "")

    everywhere(darkroom, Outage())
    assert answered(lambda: darkroom.ask("640.avif")).status == 200
    assert darkroom.made == {"640.avif": b"picture at 640"}


@pytest.mark.parametrize(
    ("failing", "left", "told"),
    [
        ("remove rendition", {"640.avif"}, True),
        ("publish Renditions Obsolete", set(), False),
    ],
)
def test_what_cannot_be_taken_back_is_left_to_retire(
    darkroom: Darkroom, failing: str, left: set[str], told: bool
) -> None:
    def retire(word: str) -> None:
        if word == "write image":
            darkroom.delete()

    everywhere(darkroom, Outage(failing, after=retire))
    assert answered(lambda: darkroom.ask("640.avif")).status == 503
    assert darkroom.made.keys() == left
    obsolete = RenditionsObsolete(original=darkroom.original, contents=[CONTENT], previews=[])
    assert darkroom.bus.published == [obsolete] * told
    everywhere(darkroom, Outage())
    assert answered(lambda: darkroom.ask("640.avif")).status == 404
    assert darkroom.made.keys() == left


def test_where_the_catalog_cannot_be_asked_again_retire_decides(darkroom: Darkroom) -> None:
    def go_down(word: str) -> None:
        if word.startswith("write"):
            darkroom.delete()
            darkroom.table.pause = Outage("get item")

    darkroom.renditions.pause = go_down
    assert answered(lambda: darkroom.ask("640.avif")).status == 503
    # Not taken back: of a picture that is shown, caches would keep what no listing has any more.
    assert darkroom.made == {"640.avif": b"picture at 640"}
    obsolete = RenditionsObsolete(original=darkroom.original, contents=[CONTENT], previews=[])
    assert darkroom.bus.published == [obsolete]


def test_where_writing_seems_to_have_failed_retire_decides(darkroom: Darkroom) -> None:
    key = darkroom.key("640.avif")

    def store(word: str) -> None:
        if word.startswith("write"):
            darkroom.renditions.files[key] = b"picture at 640"
            raise OutageError(word)

    darkroom.renditions.pause = store
    assert answered(lambda: darkroom.ask("640.avif")).status == 503
    obsolete = RenditionsObsolete(original=darkroom.original, contents=[CONTENT], previews=[])
    assert darkroom.bus.published == [obsolete]


def test_a_file_is_taken_back_though_the_response_to_its_writing_was_lost(
    darkroom: Darkroom,
) -> None:
    key = darkroom.key("640.avif")

    def lose(word: str) -> None:
        # The first attempt stored it; the second, of which this is the response, did not.
        if word == "write image":
            darkroom.delete()
            darkroom.renditions.files[key] = b"picture at 640"

    everywhere(darkroom, Outage(after=lose))
    assert darkroom.ask("640.avif").status == 404
    assert darkroom.made == {}
