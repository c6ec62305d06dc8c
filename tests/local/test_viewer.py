"""The local stand-in for CloudFront's functions."""

from local.http import Request
from local.viewer import LiveFunction, ViewerFunction

WASTEFUL = """
function handler(event) {
    var first = { text: new Array(10000).join('x') };
    first.second = { first: first };
    event.request.uri = '/' + event.request.uri.length;
    return event.request;
}
"""
"""Leaves 10 KB with each call that nothing but a collection frees: two objects name each other."""


def test_a_function_answers_alike_however_often_it_is_called() -> None:
    function = ViewerFunction(WASTEFUL)
    answers = {function(Request("GET", "/four", ())) for _ in range(1_000)}
    assert answers == {"/5"}


def test_a_function_sees_each_request_alone() -> None:
    function = ViewerFunction("var seen = 0; function handler(event) { return event.request; }")
    targets = [f"/{number}?q={number}" for number in range(100)]
    assert [function(Request("GET", target, ())) for target in targets] == targets


def test_a_change_that_is_published_is_noticed_within_seconds() -> None:
    now, etag, loaded = 0.0, "one", 0

    def load() -> ViewerFunction:
        nonlocal loaded
        loaded += 1
        code = "function handler(event) { event.request.uri += '.VERSION'; return event.request; }"
        return ViewerFunction(code.replace("VERSION", etag))

    function = LiveFunction(lambda: etag, load, lambda: now)
    request = Request("GET", "/i/a", ())
    assert function(request) == "/i/a.one"
    etag = "two"
    now = 2.0
    assert function(request) == "/i/a.one"
    now = 2.1
    assert function(request) == "/i/a.two"
    now = 9.0
    assert (function(request), loaded) == ("/i/a.two", 2)
