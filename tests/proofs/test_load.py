"""What the load uploads, and the ends that it expects."""

from collections import Counter

from proofs.load.plan import UPLOADERS, Load


def test_one_run_has_the_same_steps_every_time() -> None:
    assert Load("4f2a91", 500, "originals").steps() == Load("4f2a91", 500, "originals").steps()


def test_all_steps_of_a_key_belong_to_one_uploader() -> None:
    steps = Load("4f2a91", 500, "originals").steps()

    uploaders = Counter(key for mine in steps for key in {step.key for step in mine})

    assert len(steps) == UPLOADERS
    assert set(uploaders.values()) == {1}


def test_every_key_is_expected_to_end_as_its_last_step_says() -> None:
    load = Load("4f2a91", 500, "originals")
    last = {step.key: step.kind for mine in load.steps() for step in mine}
    ends = {"good": "ready", "broken": "failed", "deleted": "deleted"}

    subjects = {subject.key: subject for subject in load.subjects()}

    assert {key: subject.status for key, subject in subjects.items()} == {
        key: ends[kind] for key, kind in last.items()
    }
    assert set(last.values()) == set(ends)


def test_a_deleted_key_needs_no_notice_and_may_have_that_of_its_version() -> None:
    deleted = [s for s in Load("4f2a91", 500, "originals").subjects() if s.status == "deleted"]

    assert [subject.notices for subject in deleted] == [{}] * len(deleted)
    assert all(subject.at_most for subject in deleted)
