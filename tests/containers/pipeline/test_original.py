"""Identity and order of what is uploaded."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.original import Original, content_id, image_id, is_later

ORIGINAL = Original(
    bucket="originals",
    key="uploads/a.jpg",
    sequencer="0055AED6DCD90281E5",
    etag="d41d8cd98f00b204e9800998ecf8427e",
    bytes=5,
    version_id="v1",
)

sequencers = st.text("0123456789ABCDEF", min_size=1, max_size=24)


def test_a_greater_sequencer_is_later() -> None:
    assert is_later("0055AED6DCD90281E6", than="0055AED6DCD90281E5")
    assert not is_later("0055AED6DCD90281E5", than="0055AED6DCD90281E6")


def test_the_shorter_of_two_sequencers_is_padded_on_the_right() -> None:
    assert is_later("1", than="0FFF")
    assert is_later("01", than="00FF")
    assert is_later("0F1", than="0F")
    assert not is_later("0F", than="0F1")


def test_sequencers_that_differ_in_trailing_zeros_are_the_same_moment() -> None:
    assert not is_later("0F00", than="0F")
    assert not is_later("0F", than="0F00")


@given(sequencers, sequencers)
def test_of_two_sequencers_one_at_most_is_later(one: str, other: str) -> None:
    assert not (is_later(one, than=other) and is_later(other, than=one))
    same = one.rstrip("0") == other.rstrip("0")
    assert (is_later(one, than=other) or is_later(other, than=one)) is not same


@given(sequencers, sequencers, sequencers)
def test_later_is_transitive(one: str, two: str, three: str) -> None:
    if is_later(one, than=two) and is_later(two, than=three):
        assert is_later(one, than=three)


@given(sequencers)
def test_a_restored_version_comes_just_after_itself(sequencer: str) -> None:
    restored = Original(bucket="b", key="k", sequencer=sequencer).just_after()
    assert is_later(restored.sequencer, than=sequencer)
    # S3's sequencers are hexadecimal numbers of one width, the next of which is larger by one.
    following = f"{int(sequencer, 16) + 1:0{len(sequencer)}X}"
    if len(following) == len(sequencer):
        assert is_later(following, than=restored.sequencer)


def test_a_restored_version_is_the_same_version() -> None:
    restored = ORIGINAL.just_after()
    assert {**vars(restored), "sequencer": ORIGINAL.sequencer} == vars(ORIGINAL)


def test_an_image_id_is_the_start_of_the_keys_sha256() -> None:
    # printf 'uploads/a.jpg' | sha256sum
    assert image_id("uploads/a.jpg") == "8fe884f469150b783791b3789bf754af"
    assert ORIGINAL.image_id == "8fe884f469150b783791b3789bf754af"


def test_every_version_of_a_key_has_the_same_image_id() -> None:
    assert ORIGINAL.just_after().image_id == ORIGINAL.image_id


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_keys_have_two_image_ids(one: str, other: str) -> None:
    assert (image_id(one) == image_id(other)) is (one == other)


def test_a_content_id_is_sixteen_hexadecimal_digits() -> None:
    # printf '0055AED6DCD90281E5\nd41d8cd98f00b204e9800998ecf8427e\nrecipe' | sha256sum
    assert content_id(ORIGINAL, "recipe") == "26f6ef74180e1184"


def test_sequencer_etag_and_recipe_each_change_the_content_id() -> None:
    changed = {
        content_id(ORIGINAL, "recipe"),
        content_id(ORIGINAL, "another recipe"),
        content_id(ORIGINAL.just_after(), "recipe"),
        content_id(Original(**{**vars(ORIGINAL), "etag": "0"}), "recipe"),
    }
    assert len(changed) == 4
