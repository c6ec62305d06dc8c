"""Every key is built and parsed by one grammar, and nothing else is taken for one of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.address import (
    NAME,
    RenditionKey,
    UploadKey,
    content_of,
    content_prefix,
    image_of,
    parse_rendition,
    parse_upload,
)

OWNER = "0b7e6f6c-5f0a-4d5e-9c3b-2f6f0e4a1b2c"
UPLOAD = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
IMAGE = "503d3df9a9d78874146a58adb00e7a00"
CONTENT = "3b10043230aad33f"

uuids = st.uuids().map(str)
digits = st.text("0123456789abcdef", min_size=32, max_size=32)
file_names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
rendition_names = st.from_regex(NAME, fullmatch=True)
sizes = st.from_regex(r"[1-9][0-9]{0,3}(x[1-9][0-9]{0,3})?(,cover)?(,faces)?", fullmatch=True)


@given(owner_id=uuids, upload_id=uuids, name=file_names)
def test_an_upload_of_the_api_is_parsed_into_what_it_was_built_from(
    owner_id: str, upload_id: str, name: str
) -> None:
    key = UploadKey(owner_id=owner_id, upload_id=upload_id, name=name)
    assert parse_upload(str(key)) == key


@given(
    image_id=digits,
    content_id=digits.map(lambda text: text[:16]),
    name=rendition_names | sizes,
    extension=st.sampled_from(["avif", "webp", "jpg", None]),
)
def test_a_rendition_is_parsed_into_what_it_was_built_from(
    image_id: str, content_id: str, name: str, extension: str | None
) -> None:
    key = RenditionKey(image_id=image_id, content_id=content_id, name=name, extension=extension)
    assert parse_rendition(str(key)) == key
    assert str(key).startswith(content_prefix(image_id, content_id))
    assert (image_of(str(key)), content_of(str(key))) == (image_id, content_id)
    assert key.on_demand == name[0].isdigit()


@given(key=st.text())
def test_any_other_text_is_parsed_into_nothing_or_into_what_it_is_built_from(key: str) -> None:
    for parsed in (parse_upload(key), parse_rendition(key)):
        assert parsed is None or str(parsed) == key


@pytest.mark.parametrize(
    "key",
    [
        "uploads/a.jpg",
        f"uploads/{OWNER}",
        f"uploads/{OWNER}/{UPLOAD}",
        f"uploads/{OWNER}/{UPLOAD}/",
        f"uploads/{OWNER}/a.jpg",
        f"uploads/{OWNER.upper()}/{UPLOAD}/a.jpg",
        f"uploads/{OWNER[:-1]}\u0663/{UPLOAD}/a.jpg",
        f"uploads//{OWNER}/{UPLOAD}/a.jpg",
        f"i/{OWNER}/{UPLOAD}/a.jpg",
        f"Uploads/{OWNER}/{UPLOAD}/a.jpg",
    ],
)
def test_a_key_that_the_api_did_not_write_has_no_owner(key: str) -> None:
    assert parse_upload(key) is None


@pytest.mark.parametrize(
    "key",
    [
        "",
        "i/",
        f"i/{IMAGE}",
        f"i/{IMAGE}/{CONTENT}/",
        f"i/{IMAGE}/{CONTENT}/Small.jpg",
        f"i/{IMAGE}/{CONTENT}/small.",
        f"i/{IMAGE}/{CONTENT}/small.jpg/",
        f"i/{IMAGE}/{CONTENT}/small.jpg\n",
        f"i/{IMAGE}/{CONTENT}/small/large.jpg",
        f"i/{IMAGE.upper()}/{CONTENT}/small.jpg",
        f"i/{IMAGE[:-1]}\u0663/{CONTENT}/small.jpg",
        f"i/{IMAGE}/{CONTENT[:-1]}/small.jpg",
        f"/i/{IMAGE}/{CONTENT}/small.jpg",
    ],
)
def test_what_is_no_rendition_is_parsed_into_nothing(key: str) -> None:
    assert parse_rendition(key) is None


@pytest.mark.parametrize(
    ("key", "image_id"),
    [
        (f"i/{IMAGE}/{CONTENT}/small.jpg", IMAGE),
        (f"i/{IMAGE}/anything", IMAGE),
        (f"i/{IMAGE}", IMAGE),
        (f"i/{IMAGE[:-1]}/{CONTENT}/small.jpg", None),
        (f"uploads/{IMAGE}", None),
        (IMAGE, None),
    ],
)
def test_the_image_of_a_key_is_known_even_where_the_rest_is_not_ours(
    key: str, image_id: str | None
) -> None:
    assert image_of(key) == image_id
