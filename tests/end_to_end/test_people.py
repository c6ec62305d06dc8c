"""Operators let people in and remove them with all that is theirs, and the audit trail has it."""

import json
from pathlib import Path

import httpx
import pytest

from local.state import RunningStack
from proofs.photographs import photograph
from tests.end_to_end.commands import Ops
from tests.end_to_end.visitors import Visitor, signed_in, until, visitor

pytestmark = pytest.mark.long

BOB = "bob@example.org"


@pytest.fixture
def ops(stack: RunningStack) -> Ops:
    return Ops(stack)


def arrive(person: Visitor, name: str, data: bytes) -> str:
    signed = person.upload(name, data)
    httpx.put(signed["url"], content=data, headers=signed["headers"]).raise_for_status()
    person.until(signed["id"], "ready")
    image: str = signed["id"]
    return image


def test_a_person_comes_uploads_and_leaves_with_everything(
    stack: RunningStack, ops: Ops, tmp_path: Path
) -> None:
    invited = ops("users", "invite", BOB)
    assert invited.status == 0, invited.error
    [bob] = [each for each in ops("users", "list", "--json").lines if each["email"] == BOB]
    assert (bob["status"], bob["groups"]) == ("force_change_password", [])
    assert invited.text == f"{BOB} may sign in, as {bob['owner_id']}\n"

    with signed_in(stack, BOB) as person:
        assert person.ask("GET", "/api/me")["id"] == bob["owner_id"]
        assert person.ask("GET", "/api/me")["reviewer"] is False
        kept = arrive(person, "ü.jpg", photograph(21))
        trashed = arrive(person, "b.jpg", photograph(22))
        person.ask("DELETE", f"/api/pictures/{trashed}", 202)
        person.until(trashed, "deleted")
    assert ops("users", "promote", BOB).status == 0
    with signed_in(stack, BOB) as person:
        assert person.ask("GET", "/api/me")["reviewer"] is True
        with visitor(stack, "rita") as rita:
            rita.ask("POST", "/api/review/reviewers", json={"id": kept})
            seen = person.ask("POST", "/api/review/reviewers", json={"id": None})
            assert seen == {"others": [kept]}

    exported = ops("users", "export", BOB, str(tmp_path))
    assert (exported.status, exported.text) == (0, f"saved 2 pictures of {BOB}\n")
    lines = [
        json.loads(line)
        for line in (tmp_path / "pictures.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    found = {each["name"]: (tmp_path / each["file"]).read_bytes() for each in lines}
    assert found == {"ü.jpg": photograph(21), "b.jpg": photograph(22)}
    assert {each["item"]["image_id"] for each in lines} == {kept, trashed}

    removed = ops("users", "remove", BOB, "--yes", "--json")
    size = len(photograph(21)) + len(photograph(22))
    # The look of the one in the trash went with its files.
    left = {"previews": 0, "looks": 1, "vectors": 0}
    receipt = {"pictures": 2, "versions": 2, "bytes": size, **left}
    assert removed.lines == [{"id": bob["owner_id"], **receipt}]
    versions = stack.aws.client("s3").list_object_versions(
        Bucket=stack.outputs["originals"], Prefix=f"uploads/{bob['owner_id']}/"
    )
    assert not versions.get("Versions")
    assert not versions.get("DeleteMarkers")
    with visitor(stack, "rita") as rita:
        rita.ask("GET", f"/api/pictures/{kept}", 404)
        rita.ask("GET", f"/api/pictures/{trashed}", 404)
        until(
            lambda: stack.aws.client("s3").list_objects_v2(
                Bucket=stack.outputs["renditions"], Prefix=f"i/{kept}/"
            )["KeyCount"],
            lambda count: count == 0,
        )
    assert BOB not in [each["email"] for each in ops("users", "list", "--json").lines]

    entries = ops("audit", "--subject", bob["owner_id"], "--json").lines
    assert [(each["kind"], each["detail"]) for each in entries] == [
        ("removal", receipt),
        ("role", {"group": "reviewers"}),
        ("role", {"invited": True}),
    ]
    assert {each["by"] for each in entries} == {entries[0]["by"]}
    assert entries[0]["by"].startswith("arn:aws:")
    only = ops("audit", "--kind", "removal", "--by", entries[0]["by"], "--json").lines
    assert entries[0] in only
    assert {each["kind"] for each in only} == {"removal"}
    assert ops("audit", "--since", entries[0]["at"], "--kind", "role", "--json").lines == []
    since = entries[0]["at"][:19].replace("T", " ")
    nothing = ops("audit", "--since", entries[0]["at"], "--kind", "role")
    assert nothing.text == f"no matching entry since {since} UTC\n"
    assert "removal" in ops("audit").text.split()


@pytest.mark.parametrize("words", [("promote",), ("remove", "--yes"), ("export",)])
def test_an_address_that_nobody_has_is_told(
    ops: Ops, tmp_path: Path, words: tuple[str, ...]
) -> None:
    command, *options = words
    folder = [str(tmp_path / "never")] if command == "export" else []
    done = ops("users", command, "nobody@example.org", *folder, *options)
    assert (done.status, done.text) == (4, "")
    assert "nobody may sign in as nobody@example.org" in done.error
    assert not (tmp_path / "never").exists()


def test_nobody_is_removed_unasked(ops: Ops) -> None:
    done = ops("users", "remove", "ann@example.org")
    assert done.status != 0
    assert "ann@example.org" in [each["email"] for each in ops("users", "list", "--json").lines]


@pytest.mark.parametrize(
    ("email", "status", "complaint"),
    [
        ("ann@example.org", 3, "User account already exists"),
        ("no address", 2, "EMAIL must be an address like ann@example.org, got no address"),
        ("Ann <ann@example.org>", 2, "EMAIL must be an address like ann@example.org, got Ann <ann"),
    ],
)
def test_an_invitation_that_cannot_be_sent_is_one_line(
    ops: Ops, email: str, status: int, complaint: str
) -> None:
    done = ops("users", "invite", email)
    assert (done.status, done.text, done.error.count("\n")) == (status, "", 1), done
    assert complaint in done.error


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--kind", "gossip"), "--kind must be one of"),
        (("--since", "yesterday"), "--since must be ISO 8601, got yesterday"),
    ],
)
def test_the_audit_trail_takes_no_other_words(
    ops: Ops, words: tuple[str, ...], complaint: str
) -> None:
    done = ops("audit", *words)
    assert done.status == 2
    assert complaint in " ".join(done.error.split())
