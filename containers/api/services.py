"""What the routes work with: built once for all requests, and replaced as a whole in tests."""

import os
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated
from uuid import uuid4

from aws_lambda_powertools.event_handler import Depends

from api.duplicates import Duplicates
from api.passes import Passes
from api.pictures import Pictures
from api.presence import Presence
from api.search import Search
from api.settings import Settings
from api.trash import Trash
from api.uploads import Uploads
from api.verdicts import Verdicts
from aws.bedrock import embedder
from aws.dynamodb import DynamoBlocks, DynamoItems, DynamoStatuses, DynamoTable
from aws.dynamodb_likeness import DynamoLooks
from aws.dynamodb_people import DynamoListing, DynamoRecords, DynamoTrail
from aws.dynamodb_spending import DynamoLedger
from aws.dynamodb_vectors import DynamoTakeover, DynamoVectors
from aws.eventbridge import EventBridgeBus
from aws.s3 import S3Previews
from aws.s3_people import S3Signer, S3Versions
from aws.ssm import parameter
from pipeline.address import RENDITIONS
from pipeline.audit import Trail
from pipeline.catalog import Catalog
from pipeline.clock import Clock, utc
from pipeline.embedding import Placing, Searchable
from pipeline.lifecycle import tombstone
from pipeline.quota import Limits
from pipeline.signing import Signer
from pipeline.spending import Ledger
from runtime.settings import from_environment

__all__ = ["Services", "Using", "services"]


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything outside the function that a route may reach."""

    settings: Settings
    clock: Clock
    pictures: Pictures
    duplicates: Duplicates
    search: Search
    uploads: Uploads
    trash: Trash
    verdicts: Verdicts
    presence: Presence
    signer: Signer
    trail: Trail
    ledger: Ledger
    passes: Passes | None
    """Of cookies for pictures; None where pictures are public."""


@cache
def services() -> Services:
    """The services of this process, as its environment describes them."""
    settings = from_environment(Settings, os.environ)
    remembered = tombstone(settings.retention_days)
    catalog = Catalog(DynamoTable(settings.catalog_table), utc, remembered)
    items = DynamoItems(settings.catalog_table)
    whole = DynamoItems(settings.catalog_table, whole=True)
    bus = EventBridgeBus(settings.pipeline_bus)
    signer = S3Signer(settings.originals_bucket, settings.previews_bucket)
    looks = DynamoLooks(settings.likeness_table)
    trail = DynamoTrail(settings.audit_table, settings.audit_days)
    records = DynamoRecords(settings.uploads_table)
    pictures = Pictures(
        catalog,
        whole,
        DynamoListing(settings.catalog_table),
        DynamoStatuses(settings.catalog_table),
        bus,
        "guarded" if settings.gate == "guarded" else "open",
        settings.shared,
    )
    searchable = _searchable(settings)
    return Services(
        settings=settings,
        clock=utc,
        pictures=pictures,
        search=Search(searchable, whole, pictures),
        duplicates=Duplicates(looks, whole, catalog),
        uploads=Uploads(
            records,
            items,
            signer,
            utc,
            Limits(bytes=settings.quota_bytes, pictures=settings.quota_pictures),
            lambda: str(uuid4()),
        ),
        trash=Trash(
            catalog,
            S3Versions(settings.originals_bucket),
            S3Previews(settings.previews_bucket),
            looks,
            trail,
            utc,
            settings.retention_days,
            searchable.now.vectors if searchable else None,
        ),
        verdicts=Verdicts(catalog, DynamoBlocks(settings.catalog_table), bus, trail, utc),
        presence=Presence(records, utc),
        signer=signer,
        trail=trail,
        ledger=DynamoLedger(settings.spending_table),
        passes=_passes(settings),
    )


def _searchable(settings: Settings) -> Searchable | None:
    if not settings.vectors_table:
        return None

    def placing(model: str) -> Placing:
        return Placing(embedder(model), DynamoVectors(settings.vectors_table, model))

    now, following = settings.embedding, settings.next_embedding
    if following == "none":
        return Searchable(placing(now))
    takeover = DynamoTakeover(settings.vectors_table, now, following)
    return Searchable(placing(now), placing(following), takeover)


def _passes(settings: Settings) -> Passes | None:
    if not settings.signing_key:
        return None
    return Passes(
        f"{settings.pictures_url}/{RENDITIONS}",
        settings.signing_key_id,
        partial(parameter, settings.signing_key),
        utc,
    )


Using = Annotated[Services, Depends(services)]
"""A route's parameter of this type is the services."""
