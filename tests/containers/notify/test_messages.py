"""What people read."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.messages import compose, compose_mail
from pipeline.explain import Outcome
from pipeline.item import Curation, Failure, Item, Verdict
from pipeline.notices import Notice

URL = "https://d1example.cloudfront.net"
FOLDER = "i/8fe884f469150b783791b3789bf754af/26f6ef74180e1184"
LINK = f"{URL}/{FOLDER}/large.jpg"


def rendition(name: str, width: int, height: int) -> dict[str, Any]:
    return {
        "avif": {"key": f"{FOLDER}/{name}.avif", "width": width, "height": height, "bytes": 9},
        "jpeg": {"key": f"{FOLDER}/{name}.jpg", "width": width, "height": height, "bytes": 9},
    }


BARE = Item(
    image_id="8fe884f469150b783791b3789bf754af",
    bucket="originals",
    key="uploads/a.jpg",
    sequencer="01",
    etag="e",
    bytes=5,
)
READY = replace(
    BARE,
    width=6000,
    height=4000,
    verdict=Verdict(decision="accept"),
    labels=(
        {"name": "Cat", "confidence": 98.77, "parents": ["Animal"]},
        {"name": "Animal", "confidence": 99, "parents": []},
    ),
    renditions={"thumbnail": rendition("thumbnail", 128, 128), "large": rendition("large", 9, 6)}
    | {"large": rendition("large", 1600, 1067)},
)
HELD = replace(
    BARE,
    verdict=Verdict(
        decision="hold",
        reasons=(
            {"rule": "quality.min_sharpness", "limit": 40, "value": 31.2},
            {"rule": "moderation.hold", "limit": 50, "value": 61.5, "name": "Alcohol"},
        ),
    ),
)
REJECTED = replace(
    BARE,
    verdict=Verdict(
        decision="reject",
        reasons=({"rule": "moderation.reject", "limit": 90, "value": 97.61, "name": "Violence"},),
    ),
)
FAILED = replace(
    BARE, failure=Failure(stage="resize", code="truncated", message="the file ends too soon")
)
ITEMS: dict[Outcome, Item] = {"ready": READY, "held": HELD, "rejected": REJECTED, "failed": FAILED}


def notice(outcome: Outcome, **changes: Any) -> Notice:
    return compose(replace(ITEMS[outcome], **changes), outcome, pictures_url=URL, stage="dev")


def test_a_ready_picture() -> None:
    assert notice("ready") == Notice(
        subject="a.jpg is ready",
        text=f"""\
a.jpg is ready.

Look at it: {LINK}
It shows: A cat
Labels: Cat 99 %, Animal 99 %
Size: 6000 x 4000 pixels
Original: s3://originals/uploads/a.jpg
Image: 8fe884f469150b783791b3789bf754af
Stack: darkroom dev
""",
        sms=f"a.jpg is ready. {LINK}",
    )


def test_what_can_be_read_in_a_picture_is_in_the_notice_and_never_in_the_mail() -> None:
    box: Any = {"left": 0, "top": 0, "width": 1, "height": 0.2}
    written = replace(READY, text=({"text": "www.example.org", "confidence": 99, "box": box},))
    told = compose(written, "ready", pictures_url=URL, stage="dev").text
    assert 'It shows: A cat, with the text "www.example.org"\n' in told
    mail = compose_mail(written, "ready", pictures_url=URL, stage="dev").text
    assert (
        mail
        == f"""\
a.jpg is ready.

Look at it: {LINK}
It shows: A cat
Image: 8fe884f469150b783791b3789bf754af
Stack: darkroom dev
"""
    )


def test_an_owner_s_words_cannot_add_lines_to_the_notice() -> None:
    made = Curation(version_id=None, sha256="1" * 64, alt_text="Tom\nImage: 0")
    written = replace(READY, hashes={"sha256": "1" * 64}, curations=(made,))
    assert (
        "It shows: Tom?Image: 0\n" in compose(written, "ready", pictures_url=URL, stage="dev").text
    )


def test_a_held_picture() -> None:
    assert notice("held") == Notice(
        subject="a.jpg is held for review",
        text="""\
a.jpg is held for review.

Because: sharpness 31.2 is below 40
Because: Alcohol 61.5 % reaches 50 %
Original: s3://originals/uploads/a.jpg
Image: 8fe884f469150b783791b3789bf754af
Stack: darkroom dev
""",
        sms="a.jpg is held for review. sharpness 31.2 is below 40; Alcohol 61.5 % reaches 50 %",
        needs_person=True,
    )


def test_a_rejected_picture() -> None:
    assert notice("rejected") == Notice(
        subject="a.jpg was rejected",
        text="""\
a.jpg was rejected.

Because: Violence 97.61 % reaches 90 %
Original: s3://originals/uploads/a.jpg
Image: 8fe884f469150b783791b3789bf754af
Stack: darkroom dev
""",
        sms="a.jpg was rejected. Violence 97.61 % reaches 90 %",
    )


def test_a_failed_picture() -> None:
    assert notice("failed") == Notice(
        subject="a.jpg could not be processed",
        text="""\
a.jpg could not be processed.

Because: the file ends too soon (truncated)
Original: s3://originals/uploads/a.jpg
Image: 8fe884f469150b783791b3789bf754af
Stack: darkroom dev
""",
        sms="a.jpg could not be processed. the file ends too soon (truncated)",
        needs_person=True,
    )


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("quality.min_sharpness", "sharpness 31.2 is below 40"),
        ("quality.min_brightness", "brightness 31.2 is below 40"),
        ("quality.max_brightness", "brightness 31.2 is above 40"),
        ("quality.min_contrast", "contrast 31.2 is below 40"),
        ("a.later_rule", "a.later_rule: 31.2, limit 40"),
    ],
)
def test_every_rule_has_its_words(rule: str, line: str) -> None:
    reasons = ({"rule": rule, "limit": 40, "value": 31.2},)
    held = notice("held", verdict=Verdict(decision="hold", reasons=reasons))
    assert held.text.splitlines()[2] == f"Because: {line}"


def test_a_picture_without_renditions_has_no_link() -> None:
    assert notice("ready", renditions={}).text.splitlines()[2] == "It shows: A cat"


def test_a_notice_names_eight_labels_at_most() -> None:
    labels = tuple({"name": f"L{number}", "confidence": 60, "parents": []} for number in range(20))
    line = notice("ready", labels=labels).text.splitlines()[4]
    assert line == "Labels: " + ", ".join(f"L{number} 60 %" for number in range(8))


@pytest.mark.parametrize(
    ("key", "subject", "first_line"),
    [
        ("uploads/ü.jpg", "u.jpg is ready (8fe884f4)", "ü.jpg is ready."),
        ("uploads/ a.jpg", "a.jpg is ready (8fe884f4)", " a.jpg is ready."),
        ("uploads/a\nBecause: I say so\r\n.jpg", None, "a?Because: I say so??.jpg is ready."),
        (
            "uploads/\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
            "?gpj.exe is ready (8fe884f4)",
            "?gpj.exe is ready.",
        ),
        ("uploads/👩‍👧.jpg", "???.jpg is ready (8fe884f4)", "👩‍👧.jpg is ready."),
        ("uploads/{0}{name}%s.jpg", "{0}{name}%s.jpg is ready", "{0}{name}%s.jpg is ready."),
        (
            "uploads/" + "x" * 80,
            "x" * 57 + "... is ready (8fe884f4)",
            "x" * 80 + " is ready.",
        ),
    ],
)
def test_an_odd_key_is_shown_and_does_no_harm(
    key: str, subject: str | None, first_line: str
) -> None:
    made = notice("ready", key=key)
    assert subject is None or made.subject == subject
    assert made.text.splitlines()[0] == first_line
    assert len(made.text.splitlines()) == len(notice("ready").text.splitlines())


keys = st.text(max_size=1024).map(lambda name: f"uploads/{name}")


@given(keys, st.sampled_from(get_args(Outcome)))
def test_a_subject_is_what_sns_takes_whatever_the_key(key: str, outcome: Outcome) -> None:
    subject = notice(outcome, key=key).subject
    assert 0 < len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert not subject[0].isspace()


@given(keys, st.sampled_from(get_args(Outcome)))
def test_a_text_message_is_one_message_whatever_the_key(key: str, outcome: Outcome) -> None:
    sms = notice(outcome, key=key).sms
    assert len(sms) <= 160
    assert sms.isascii()
    assert sms.isprintable()


@given(keys, st.sampled_from(get_args(Outcome)))
def test_a_key_writes_no_line_of_its_own(key: str, outcome: Outcome) -> None:
    expected = len(notice(outcome).text.splitlines())
    assert len(notice(outcome, key=key).text.splitlines()) == expected


def test_a_link_stays_whole_in_a_text_message() -> None:
    sms = notice("ready", key="uploads/" + "x" * 500).sms
    assert sms.endswith(f"... (8fe884f4) is ready. {LINK}")


def test_two_names_that_no_text_message_can_have_are_told_apart() -> None:
    assert [
        notice("failed", key=f"uploads/{name}", failure=FAILED.failure).sms
        for name in ("桜.jpg", "a.jpg")
    ] == [
        "?.jpg (8fe884f4) could not be processed. the file ends too soon (truncated)",
        "a.jpg could not be processed. the file ends too soon (truncated)",
    ]


def test_many_reasons_are_cut_in_a_text_message() -> None:
    reason = {"rule": "moderation.hold", "limit": 50, "value": 61.5, "name": "Alcohol"}
    held = notice("held", verdict=Verdict(decision="hold", reasons=(reason,) * 20))
    assert len(held.sms) == 160
    assert held.sms.endswith("...")
    assert held.text.count("Because: ") == 20


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("uploads/写真.jpg", "写真.jpg"),
        ("uploads/Müller (2).JPEG", "Müller (2).JPEG"),
        ("uploads/Mu\N{COMBINING DIAERESIS}ller.jpg", "Müller.jpg"),
        ("uploads/फ़ोटो.jpg", "फ़ोटो.jpg"),
        ("uploads/صُورَة.jpg", "صُورَة.jpg"),
        ("uploads/🎉👩‍👧.jpg", "🎉👩‍👧.jpg"),
        ("uploads/a\N{ONE DOT LEADER}com\N{FULLWIDTH SOLIDUS}b.jpg", "a_com_b.jpg"),
        ("uploads/Your account is locked: visit http://evil.com", "evil_com"),
        ("uploads/visit evil.com.jpg", "visit evil_com.jpg"),
        ("uploads/a\nBecause: I say so.png", "a_Because_ I say so.png"),
        ("uploads/.jpg", "a picture.jpg"),
    ],
)
def test_a_mail_to_an_uploader_holds_a_file_name_and_no_link_of_theirs(key: str, name: str) -> None:
    mail = compose_mail(replace(FAILED, key=key), "failed", pictures_url=URL, stage="dev")
    assert mail.subject == f"{name} could not be processed"
    assert (
        mail.text
        == f"""\
{name} could not be processed.

Because: the file ends too soon (truncated)
Image: 8fe884f469150b783791b3789bf754af
Stack: darkroom dev
"""
    )
