"""The functions keep to what njs has, and to CloudFront's limits.

QuickJS runs all of ECMAScript, so it would not notice what Amazon's runtime refuses. Every token of
a function must be of ECMAScript 5.1, and every name one of its own or of those listed here. The one
that asks a key value store also has the two imports and the two words that this takes.
"""

import re

import pytest

from edge import MOST_BYTES, negotiation, routing
from tests.edge.test_negotiation import EVERYTHING, recipe

KEYWORDS = {"else", "false", "for", "function", "if", "null", "return", "true", "var"}
MEMBERS = {
    *("accept", "event", "headers", "multiValue", "request", "uri", "value"),  # CloudFront's
    *("body", "statusCode", "statusDescription"),
    *("dpr", "fit", "focus", "made", "name", "preset", "problem", "size"),  # of our own objects
    *(
        "exec",
        "forEach",
        "indexOf",
        "join",
        "lastIndexOf",
        "length",
        "slice",
        "some",
        "split",
        "test",
        "toLowerCase",
        "trim",
    ),
}
PUNCTUATORS = {
    *("(", ")", "[", "]", "{", "}", ".", ",", ";", ":", "?"),
    *("=", "+=", "===", "!", "!==", "<", "<=", "+", "-", "*", "++", "&&", "||"),
}

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<literal>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\d+|(?<=[=(,]\ )/(?:[^/\\\n]|\\.)+/i?)
    |(?P<word>[A-Za-z_$][\w$]*)
    |(?P<punctuator>===|!==|=>|<=|\*\*|\?\?|\?\.|\.\.\.|\+=|\+\+|&&|\|\||[^\w\s])""",
    re.VERBOSE,
)
DECLARED = re.compile(r"\bvar (\w+)|\bfunction (\w*) ?\(([\w, ]*)\)")

# As AWS's own examples have it: https://github.com/aws-samples/amazon-cloudfront-functions
IMPORTS = "import cf from 'cloudfront';\nimport crypto from 'crypto';\n"
ASKS_A_STORE = {
    *("async", "await", "cf", "crypto"),
    *("kvs", "get", "createHmac", "update", "digest", "querystring", "s", "charAt"),
}


def strange(code: str, *, more: frozenset[str] | set[str] = frozenset()) -> list[str]:
    """The tokens that njs may not know, in their order; of names it knows `more`."""
    own = {name for found in DECLARED.findall(code) for each in found for name in each.split(", ")}
    known = KEYWORDS | MEMBERS | own | more
    found, position = [], 0
    while position < len(code):
        token = TOKEN.match(code, position)
        assert token, code[position : position + 20]
        position = token.end()
        if token["word"] and token["word"] not in known:
            found.append(token["word"])
        if token["punctuator"] and token["punctuator"] not in PUNCTUATORS:
            found.append(token["punctuator"])
    return found


CODES = {
    "negotiation": negotiation(recipe("avif", "webp", "jpeg")),
    "on demand": negotiation(EVERYTHING),
    "routing": routing(),
    "signed": negotiation(EVERYTHING, signed=True),
}


@pytest.mark.parametrize("name", sorted(CODES.keys() - {"signed"}))
def test_a_function_is_written_in_njss_dialect(name: str) -> None:
    assert strange(CODES[name]) == []


def test_the_function_of_signed_addresses_has_its_imports_alone_besides() -> None:
    before, imports, after = CODES["signed"].partition(IMPORTS)
    assert imports
    assert strange(before + after, more=ASKS_A_STORE) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("var f = (a) => a;", ["a", "=>", "a"]),
        ("let a = 1;", ["let", "a"]),
        ("class A {}", ["class", "A"]),
        ("var a = `b`;", ["`", "b", "`"]),
        ("var a = b?.c ?? 1;", ["b", "?.", "c", "??"]),
        ("var a = [...b];", ["...", "b"]),
        ("async function a(b) {}", ["async"]),
        ("fetch('https://example.org');", ["fetch"]),
        ("import cf from 'cloudfront';", ["import", "cf", "from"]),
        ("var a = 'b'.replaceAll('c', 'd');", ["replaceAll"]),
    ],
)
def test_what_njs_lacks_would_be_seen(code: str, found: list[str]) -> None:
    assert strange(code) == found


@pytest.mark.parametrize("name", CODES)
def test_a_function_is_within_cloudfronts_limit(name: str) -> None:
    assert len(CODES[name].encode()) <= MOST_BYTES
