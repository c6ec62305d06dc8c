"""What strangers wrote, as people see it."""

from pipeline.text import visible


def test_what_nobody_would_see_is_escaped_and_all_else_is_left() -> None:
    odd = "uploads/a\nb\x1b[31m\u2028\u202egpj.\u00fc\U0001f469\u200d\U0001f467"
    seen = "uploads/a\\nb\\x1b[31m\\u2028\\u202egpj.\u00fc\U0001f469\u200d\U0001f467"
    assert visible(odd) == seen
