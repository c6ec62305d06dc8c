"""`users`: who may sign in."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from aws.cognito import CognitoPeople
from aws.dynamodb import DynamoTable
from aws.dynamodb_likeness import DynamoLooks
from aws.dynamodb_people import DynamoTrail
from aws.dynamodb_vectors import DynamoVectors
from aws.s3 import S3Previews
from aws.s3_files import save
from aws.s3_people import S3Versions
from aws.sts import caller_arn
from notify.messages import address_of
from ops.options import AsJson, print_json, spinner, stack_of
from ops.stack import Stack
from ops.terminal import console, print_line
from pipeline.address import UPLOADS, parse_upload
from pipeline.audit import Entry, Kind
from pipeline.catalog import Catalog
from pipeline.clock import iso, utc
from pipeline.original import image_id
from pipeline.people import REVIEWERS, Person, erased
from pipeline.text import visible

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address they sign in with.")]
Who = Annotated[
    str,
    typer.Argument(
        metavar="EMAIL", help="Their address, or their id where several people have it."
    ),
]


def users_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List everyone who may sign in."""
    stack = stack_of(context)
    table = Table(box=None, pad_edge=False)
    for column in ("address", "id", "groups", "state"):
        table.add_column(column, overflow="fold")
    for person in CognitoPeople(stack.user_pool).everyone():
        if as_json:
            print_json({**vars(person), "groups": list(person.groups)})
        else:
            words = (person.email, person.owner_id, ", ".join(person.groups), person.status)
            table.add_row(*(Text(visible(word)) for word in words))
    if not as_json:
        console().print(table)


def invite(context: typer.Context, email: Email) -> None:
    """Let somebody sign in: they get a mail with a temporary password."""
    if address_of(email) != email:
        raise typer.BadParameter(f"EMAIL must be an address like ann@example.org, got {email}")
    stack = stack_of(context)
    person = CognitoPeople(stack.user_pool).invite(email)
    _record(stack, "role", person, {"invited": True})
    print_line(f"{visible(person.email)} may sign in, as {person.owner_id}")


def promote(context: typer.Context, who: Who) -> None:
    """Make somebody a reviewer, who sees and judges the pictures of everyone."""
    stack = stack_of(context)
    people = CognitoPeople(stack.user_pool)
    person = people.find(who)
    people.promote(person)
    _record(stack, "role", person, {"group": REVIEWERS})
    print_line(f"{visible(person.email)} is a reviewer from their next token on, within 15 minutes")


def remove(
    context: typer.Context,
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove somebody, and everything of theirs for good: one receipt is left.

    What they have signed already can still arrive within 15 minutes; run it again then. After an
    interruption it goes on with what is left. An identity provider could let them in again, as
    somebody new: withdraw their access there first.
    """
    stack = stack_of(context)
    people = CognitoPeople(stack.user_pool)
    person = people.find(who)
    if not yes:
        typer.confirm(f"Delete {visible(person.email)} and all of their pictures?", abort=True)
    people.sign_out(person)
    counts = {"pictures": 0, "versions": 0, "bytes": 0, "previews": 0, "looks": 0, "vectors": 0}
    with spinner(quiet=as_json) as progress:
        for each in erased(
            person.owner_id,
            versions=S3Versions(stack.originals),
            previews=S3Previews(stack.previews),
            looks=DynamoLooks(stack.likeness),
            vectors=DynamoVectors(stack.vectors, stack.embedding) if stack.vectors else None,
            catalog=Catalog(DynamoTable(stack.catalog), utc),
        ):
            counts["pictures"] += 1
            for name in ("versions", "bytes", "previews", "looks", "vectors"):
                counts[name] += getattr(each, name)
            progress(f"{counts['pictures']:,} pictures")
    _record(stack, "removal", person, counts)
    people.remove(person)
    if as_json:
        print_json({"id": person.owner_id, **counts})
    else:
        print_line(
            f"removed {visible(person.email)}: {counts['pictures']:,} pictures in "
            f"{counts['versions']:,} versions, {counts['bytes']:,} bytes"
        )
    if person.federated:
        print_line("their identity provider may let them in again: withdraw access there", err=True)


def export(
    context: typer.Context,
    who: Who,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made if it does not exist.")],
) -> None:
    """Save the newest version of everything of somebody's, what is in the trash included.

    pictures.jsonl has what the catalog knows of each.
    """
    stack = stack_of(context)
    person = CognitoPeople(stack.user_pool).find(who)
    versions, table = S3Versions(stack.originals), DynamoTable(stack.catalog)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (
        (folder / "pictures.jsonl").open("w", encoding="utf-8") as known,
        spinner(quiet=False) as progress,
    ):
        for key, found in versions.under(f"{UPLOADS}{person.owner_id}/"):
            newest = next((each for each in found if not each.hides), None)
            upload = parse_upload(key)
            if newest is None or upload is None:
                continue
            # The name is the uploader's choice: only the id of the upload becomes a path.
            file = folder / upload.upload_id
            save(stack.originals, key, newest.version_id, file)
            item = table.get(image_id(key))
            line = {"file": file.name, "name": upload.name, "item": item and item.to_dict()}
            known.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
            progress(f"{count:,} pictures")
    print_line(f"saved {count:,} pictures of {visible(person.email)}")


def _record(stack: Stack, kind: Kind, person: Person, detail: dict[str, Any]) -> None:
    DynamoTrail(stack.audit, stack.audit_days).append(
        Entry(at=iso(utc()), kind=kind, by=caller_arn(), subject=person.owner_id, detail=detail)
    )
