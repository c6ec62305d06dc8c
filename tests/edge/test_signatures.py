"""Who may ask for what is made on demand, where a stage signs addresses."""

import hmac
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import quickjs
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import KEYS, negotiation
from local.http import Reply, Request
from local.viewer import ViewerFunction
from tests.edge.test_negotiation import EVERYTHING, PICTURE

NEW, OLD = "n" * 64, "o" * 64
PAGE = (Path(__file__).parents[2] / "docs/on-demand.md").read_text()


def edge(keys: str | None = f"{NEW} {OLD}") -> ViewerFunction:
    store = {} if keys is None else {KEYS: keys}
    return ViewerFunction(negotiation(EVERYTHING, signed=True), store.get)


EDGE = edge()


def sign(path: str, key: str = NEW, digest: str = "sha256") -> str:
    return hmac.new(key.encode(), path.encode(), digest).hexdigest()[:32]


def asked(target: str, function: ViewerFunction = EDGE) -> Reply | str:
    return function(Request("GET", target, [("accept", "image/avif")]))


def refused(target: str, function: ViewerFunction = EDGE) -> bool:
    reply = asked(target, function)
    if isinstance(reply, str):
        return False
    assert (reply.status, reply.text) == (
        403,
        "the parameter s must be the signature of this address\n",
    )
    assert dict(reply.headers)["x-content-type-options"] == "nosniff"
    return True


@pytest.mark.parametrize(
    "name", ["640.avif", "600x400,cover,faces", "2x,320", "card.jpg", "card,2x"]
)
@pytest.mark.parametrize("key", [NEW, OLD])
def test_what_either_key_has_signed_is_passed_on_in_its_canonical_form(name: str, key: str) -> None:
    path = f"{PICTURE}{name}"
    plain = ViewerFunction(negotiation(EVERYTHING))(
        Request("GET", path, [("accept", "image/avif")])
    )
    signature = sign(path, key)
    assert asked(f"{path}?s={signature}") == f"{plain}?s={signature}"
    assert asked(f"{path}?v=1&s={signature}") == f"{plain}?v=1&s={signature}"


def test_renditions_that_are_made_ahead_need_no_signature() -> None:
    assert asked(f"{PICTURE}small") == f"{PICTURE}small.avif"
    assert asked(f"{PICTURE}small.jpg?s=wrong") == f"{PICTURE}small.jpg?s=wrong"


SIZE = f"{PICTURE}640.avif"
RIGHT = sign(SIZE)


@pytest.mark.parametrize(
    "query",
    [
        *("", "?", "?s", "?s=", f"?S={RIGHT}", f"?t={RIGHT}", f"?s={RIGHT.upper()}"),
        *(f"?s={RIGHT[:-1]}", f"?s={RIGHT}0", f"?s=0{RIGHT}", f"?s={RIGHT}%00"),
        f"?s={sign(SIZE, 'p' * 64)}",
        f"?s={sign(SIZE, '')}",
        f"?s={sign(SIZE, f'{NEW} {OLD}')}",
        f"?s={sign(SIZE, digest='sha1')}",
        f"?s={'0' * 32}",
    ],
)
def test_without_the_right_signature_nothing_is_made(query: str) -> None:
    assert refused(f"{SIZE}{query}")


@pytest.mark.parametrize(
    "other",
    [
        f"{PICTURE}1280.avif",
        f"{PICTURE}640.jpg",
        f"{PICTURE}640",
        f"{PICTURE}640,cover.avif",
        f"/i/{'c' * 32}/{'b' * 16}/640.avif",
        f"/i/{'a' * 32}/{'c' * 16}/640.avif",
        # The same file, but another spelling than was signed.
        f"{PICTURE}600.avif",
    ],
)
def test_a_signature_is_of_one_address_alone(other: str) -> None:
    assert not refused(f"{SIZE}?s={RIGHT}")
    assert refused(f"{other}?s={RIGHT}")


def test_a_changed_digit_is_seen_wherever_it_is() -> None:
    for place, digit in enumerate(RIGHT):
        changed = "0" if digit != "0" else "1"
        assert refused(f"{SIZE}?s={RIGHT[:place]}{changed}{RIGHT[place + 1 :]}")


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789abcdef", max_size=70))
def test_no_other_text_passes(signature: str) -> None:
    assert refused(f"{SIZE}?s={signature}") is (signature != RIGHT)


def test_what_is_appended_to_a_signed_address_has_to_be_signed() -> None:
    """No digest of a longer text follows from that of a shorter one and its length."""
    padding = "\x80".ljust(20, "\x00")
    for longer in (f"{SIZE}{padding},cover", f"{PICTURE}640,cover.avif", f"{SIZE},cover"):
        assert isinstance(asked(f"{longer}?s={RIGHT}"), Reply)


def test_with_one_key_the_other_has_ended() -> None:
    alone = edge(NEW)
    assert not refused(f"{SIZE}?s={sign(SIZE, NEW)}", alone)
    assert refused(f"{SIZE}?s={sign(SIZE, OLD)}", alone)


def test_without_keys_nothing_on_demand_passes_and_the_rest_does() -> None:
    empty = edge(None)
    assert asked(f"{PICTURE}small.jpg", empty) == f"{PICTURE}small.jpg"
    with pytest.raises(quickjs.JSException, match="the key value store has no keys"):
        asked(f"{SIZE}?s={RIGHT}", empty)


def test_what_is_no_address_is_refused_as_such() -> None:
    reply = asked(f"{PICTURE}640,glow?s={RIGHT}")
    assert isinstance(reply, Reply)
    assert reply.status == 400


def test_no_key_is_in_the_code() -> None:
    code = negotiation(EVERYTHING, signed=True)
    assert NEW not in code
    assert OLD not in code


def test_the_recipes_of_the_page_sign_what_the_edge_accepts(tmp_path: Path) -> None:
    python, shell = (
        re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) for language in ("python", "sh")
    )
    assert python
    assert shell
    names: dict[str, Any] = {}
    exec(python[1], names)  # noqa: S102 - of our own page
    signed: str = names["signed"](f"https://pictures.example.org{SIZE}", NEW)
    assert signed == f"https://pictures.example.org{SIZE}?s={RIGHT}"
    if bash := shutil.which("bash"):
        done = subprocess.run(  # noqa: S603 - of our own page
            [bash, "-euc", shell[1]],
            env={"PATH": "/usr/bin:/bin", "PICTURES": "https://x", "ADDRESS": SIZE, "KEY": NEW},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"https://x{SIZE}?s={RIGHT}\n"
