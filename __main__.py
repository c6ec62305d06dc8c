"""Darkroom: what exists, and how it is wired."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

import monitoring
import workflows
from components import bedrock, parameter, ses
from components import rekognition as recognition
from components.access_logs import AccessLogs, AccessLogsArgs
from components.account import provider
from components.alarms import Alarms, AlarmsArgs
from components.bus import Bus, BusArgs
from components.container_image import ContainerImage, ContainerImageArgs
from components.dashboard import Dashboard, DashboardArgs
from components.delivery import Delivery, DeliveryArgs, Page
from components.function import Function, FunctionArgs
from components.http_api import HttpApi, HttpApiArgs
from components.objects import Objects, ObjectsArgs
from components.private_bucket import PrivateBucket, PrivateBucketArgs
from components.route import Route, RouteArgs, Source, scheduled
from components.site import Site, SiteArgs, content_policy
from components.state_machine import StateMachine, StateMachineArgs
from components.table import Index, Table, TableArgs
from components.table_export import TableExport, TableExportArgs
from components.topic import Topic, TopicArgs
from components.user_pool import AppClient, AppClientArgs, UserPool, UserPoolArgs
from components.vector_table import VectorTable, VectorTableArgs
from settings import (
    API,
    API_DESCRIPTION,
    EXPORTED,
    EXPORTS_KEPT_DAYS,
    INVENTORIES,
    INVENTORIES_KEPT_DAYS,
    INVENTORY,
    PREVIEWS,
    RECIPES,
    RENDITIONS,
    UPLOADS,
    VECTOR_SIZE,
    Pace,
    Settings,
    recipe_key,
)

settings = Settings.load()
here = pulumi.ResourceOptions(providers=[provider("aws", settings.account)])


def image(name: str) -> ContainerImage:
    """The image of the function `name`, as this stage builds it."""
    args = ContainerImageArgs(
        context="containers",
        dockerfile=f"containers/{name}/Dockerfile",
        architecture=settings.architecture,
        build_args={"BASE_IMAGE": settings.base_image},
        protect=settings.protect,
    )
    return ContainerImage(name, args, here)


def function(
    name: str,
    memory_mb: int,
    timeout_seconds: int,
    environment: Mapping[str, pulumi.Input[str]],
    *,
    feeds_itself: bool = False,
    at_once: int | None = None,
) -> Function:
    """The function `name`, as this stage runs it."""
    args = FunctionArgs(
        image=image(name),
        memory_mb=memory_mb,
        timeout_seconds=timeout_seconds,
        environment=environment,
        retention_days=settings.retention_days,
        roles_boundary=settings.roles_boundary,
        traced=settings.tracing,
        feeds_itself=feeds_itself,
        reserved_concurrency=at_once,
    )
    return Function(name, args, here)


def route(target: Function, pace: Pace, *after: Route, **sources: Source) -> Route:
    """The route of the events in `sources` to `target`, as wide as this stage configures it; what
    it leaves out goes by `after`."""
    return _route(target.label, target, pace, sources, after)


def bulk(target: Function, pace: Pace, **sources: Source) -> Route:
    """The route of bulk work to `target`, which uploads do not wait behind."""
    return _route(f"{target.label}-bulk", target, pace, sources, ())


def _route(
    name: str, target: Function, pace: Pace, sources: Mapping[str, Source], after: Sequence[Route]
) -> Route:
    args = RouteArgs(
        target=target,
        sources=sources,
        batch_size=pace.batch_size,
        max_concurrency=pace.concurrency,
        alerts=alerts.arn,
        batch_window_seconds=pace.window_seconds,
        after=after,
    )
    return Route(name, args, here)


# Stores, buses and delivery

originals = PrivateBucket(
    "originals",
    PrivateBucketArgs(
        protect=settings.protect,
        recoverable_days=settings.retention_days,
        announced=True,
    ),
    here,
)
renditions = PrivateBucket(
    "renditions", PrivateBucketArgs(protect=settings.protect, policy_by_grant=True), here
)
recipe = Objects(
    "recipe",
    ObjectsArgs(
        bucket=renditions,
        under=RECIPES,
        files={
            recipe_key(settings.recipe.digest): pulumi.StringAsset(settings.recipe.to_json()),
            **{key: pulumi.FileAsset(file) for key, file in settings.watermark_files.items()},
        },
    ),
    here,
)
LISTED = [
    *("status", "key", "content", "previous_content", "width", "height"),
    *("placeholder", "labels", "alt_text", "exif", "trashed"),
]
catalog = Table(
    "catalog",
    TableArgs(
        hash_key="image_id",
        indexes=[
            Index(
                name="by-status-shard",
                hash_key="status_shard",
                range_key="updated_at",
                carries=["key", "failure"],
            ),
            Index(
                name="by-owner-month",
                hash_key="owner_month",
                range_key="shown_at",
                carries=LISTED,
            ),
            Index(
                name="by-month",
                hash_key="shown_month",
                range_key="shown_at",
                carries=LISTED,
            ),
            Index(name="by-answers", hash_key="answers_title", range_key="image_id"),
        ],
        expires_at="expires_at",
        protect=settings.protect,
        backup_days=settings.retention_days,
    ),
    here,
)
previews = PrivateBucket(
    "previews",
    PrivateBucketArgs(protect=settings.protect),
    here,
)
site = PrivateBucket(
    "site", PrivateBucketArgs(protect=settings.protect, policy_by_grant=True), here
)
# In every stage: an update that takes a stage's protection away could not delete it.
exports = PrivateBucket(
    "exports",
    PrivateBucketArgs(
        protect=settings.protect,
        policy_by_grant=True,
        expire_days=EXPORTS_KEPT_DAYS,
        expire_earlier={INVENTORIES: INVENTORIES_KEPT_DAYS},
    ),
    here,
)
if settings.protect:
    TableExport(
        "catalog",
        TableExportArgs(
            table=catalog,
            bucket=exports,
            schedule=EXPORTED,
            roles_boundary=settings.roles_boundary,
        ),
        here,
    )
uploads = Table(
    "uploads",
    TableArgs(
        hash_key="id",
        expires_at="expires_at",
        protect=settings.protect,
        backup_days=settings.retention_days,
    ),
    here,
)
audit = Table(
    "audit",
    TableArgs(
        hash_key="pk",
        range_key="sk",
        expires_at="expires_at",
        protect=settings.protect,
        backup_days=settings.retention_days,
    ),
    here,
)
spending = Table(
    "spending",
    TableArgs(
        hash_key="day",
        range_key="part",
        expires_at="expires_at",
        protect=settings.protect,
        backup_days=settings.retention_days,
    ),
    here,
)
likeness = Table(
    "likeness",
    TableArgs(
        hash_key="shelf",
        range_key="picture",
        expires_at="expires_at",
        protect=settings.protect,
        backup_days=settings.retention_days,
    ),
    here,
)
vectors: VectorTable | None = None
if settings.embeddings:
    vectors = VectorTable(
        "vectors",
        VectorTableArgs(
            hash_key="image_id",
            range_key="place",
            vectors=dict.fromkeys(settings.embeddings, VECTOR_SIZE),
            filters=["owner", "shown"],
            protect=settings.protect,
            backup_days=settings.retention_days,
            tags=settings.account.tags,
        ),
        here,
    )
backfills = Table(
    "backfills",
    TableArgs(
        hash_key="name",
        expires_at="expires_at",
        protect=settings.protect,
        backup_days=settings.retention_days,
    ),
    here,
)
if settings.inventory == "never":
    exports.grant()
else:
    exports.grant(exports.receiving_inventories(originals, INVENTORIES, catalog.arn))
    originals.keep_inventory(
        INVENTORY, UPLOADS, exports, INVENTORIES, settings.inventory.capitalize()
    )
pipeline = Bus("pipeline", BusArgs(source="darkroom"), here)
notices = Topic(
    "notices",
    TopicArgs(
        emails=settings.notify_emails,
        phones=settings.notify_sms,
        phone_filter={"needs_person": ["true"]},
        encrypted=True,
    ),
    here,
)
alerts = Topic(
    "alerts",
    TopicArgs(emails=settings.alert_emails, webhooks=settings.alert_webhooks),
    here,
)
people = UserPool(
    "people",
    UserPoolArgs(
        groups={"reviewers": "See and judge the pictures of everyone"},
        totp=settings.totp,
        providers=settings.identity_providers,
        protect=settings.protect,
    ),
    here,
)

# It makes what the bucket of renditions lacks, so the delivery has to know it

develop = None
if settings.on_demand_daily_usd:
    claims = Table(
        "claims",
        TableArgs(
            hash_key="content",
            expires_at="expires_at",
            protect=settings.protect,
            backup_days=settings.retention_days,
        ),
        here,
    )
    develop = function(
        "develop",
        1769,
        30,
        {
            "ORIGINALS_BUCKET": originals.name,
            "RENDITIONS_BUCKET": renditions.name,
            "CATALOG_TABLE": catalog.name,
            "SPENDING_TABLE": spending.name,
            "CLAIMS_TABLE": claims.name,
            "PIPELINE_BUS": pipeline.name,
            "GATE": settings.gate,
            "RECIPE": recipe.once_there(settings.recipe.digest),
            "ON_DEMAND_DAILY_USD": str(settings.on_demand_daily_usd),
            "ON_DEMAND_PER_PICTURE": str(settings.on_demand_per_picture),
        },
        at_once=settings.on_demand_concurrency,
    )
    originals.grant_read_versions(develop, UPLOADS)
    renditions.grant_write(develop, RENDITIONS)
    renditions.grant_read_remove(develop, RENDITIONS)
    recipe.grant_read(develop)
    catalog.grant_get(develop)
    claims.grant_add(develop)
    spending.grant_add(develop)
    spending.grant_query(develop)
    pipeline.grant_put(develop)

requests = HttpApi("requests", HttpApiArgs(requests_per_second=settings.requests_per_second), here)
pictures = Delivery(
    "pictures",
    DeliveryArgs(
        bucket=renditions,
        under=RENDITIONS,
        viewer_function=settings.viewer_function,
        viewer_secrets=settings.viewer_secrets,
        varies_by="Accept",
        page=Page(
            bucket=site,
            viewer_function=settings.page_function,
            content_policy=content_policy(
                images=[originals.origin, previews.origin],
                calls=[originals.origin, people.sign_in_url],
            ),
        ),
        api=requests,
        api_under=API,
        domain=settings.domain,
        certificate_arn=settings.certificate_arn,
        web_acl_arn=settings.web_acl_arn,
        origins=settings.upload_origins,
        public_key=settings.delivery_key,
        maker=develop,
        wait=settings.protect,
    ),
    here,
)
originals.allow_uploads_from([pictures.url, *settings.app_origins, *settings.upload_origins])
gallery = AppClient(
    "gallery",
    AppClientArgs(
        pool=people,
        urls=[pulumi.Output.concat(pictures.url, "/"), *settings.app_urls],
    ),
    here,
)

Site(
    "page",
    SiteArgs(
        bucket=site,
        files=settings.page_files,
        config={
            "issuer": people.issuer,
            "client": gallery.id,
            "signIn": people.sign_in_url,
            "stage": settings.stage,
            "renditions": settings.boxes,
            "onDemand": settings.on_demand,
        },
    ),
    here,
)

if settings.access_logs:
    AccessLogs(
        "access-logs",
        AccessLogsArgs(
            buckets=[originals, renditions],
            delivery=pictures,
            retention_days=settings.retention_days,
            protect=settings.protect,
        ),
        here,
    )

# What most functions are given, and what more than one of them hears

everywhere: dict[str, pulumi.Input[str]] = {
    "ORIGINALS_BUCKET": originals.name,
    "CATALOG_TABLE": catalog.name,
    "PIPELINE_BUS": pipeline.name,
}
charged: dict[str, pulumi.Input[str]] = {
    "SPENDING_TABLE": spending.name,
    "DAILY_BUDGET_USD": str(settings.daily_budget_usd),
}
versions_kept: dict[str, pulumi.Input[str]] = {"RETENTION_DAYS": str(settings.retention_days)}
placed: dict[str, pulumi.Input[str]] = {
    "VECTORS_TABLE": vectors.name if vectors else "",
    "EMBEDDING": settings.embedding,
}
placing: dict[str, pulumi.Input[str]] = {**placed, "NEXT_EMBEDDING": settings.next_embedding}
FOUND_BY = ["likeness", "vectors"]
LIVE, BULK = {"lane": ["live", {"exists": False}]}, {"lane": ["backfill"]}
uploaded = originals.created(UPLOADS)
copied = originals.copied(UPLOADS)
restored = pipeline.events("Image Restored", detail=LIVE)
reprocessed = pipeline.events("Image Restored", detail=BULK)

# One paragraph per function: its memory in MB, timeout in seconds and environment; what it may do;
# what it hears, and at which pace. The grants come before the route, so that no event arrives
# before the right to handle it.

resize = function(
    "resize",
    1769,
    60,
    {
        **everywhere,
        **charged,
        **versions_kept,
        **placing,
        "RENDITIONS_BUCKET": renditions.name,
        "LIKENESS_TABLE": likeness.name,
        "GATE": settings.gate,
        "RECIPE": recipe.once_there(settings.recipe.digest),
    },
)
originals.grant_read_versions(resize, UPLOADS)
renditions.grant_write(resize, RENDITIONS)
recipe.grant_read(resize)
likeness.grant_append(resize)
if vectors:
    vectors.grant_append(resize)
    vectors.grant_get(resize)
    bedrock.grant_invoke(resize, settings.embedding_models, settings.account.region)
catalog.grant_read_write(resize)
spending.grant_add(resize)
spending.grant_query(resize)
pipeline.grant_put(resize)


def to_render(
    created: Source, restored: Source, lane: Mapping[str, Sequence[Any]]
) -> dict[str, Source]:
    """What `resize` hears of a lane, by its names."""
    if settings.gate == "guarded":
        return {
            "accepted": pipeline.events("Image Accepted", detail=lane),
            "unlisted": pipeline.events("Image Restored", detail={"stale": FOUND_BY, **lane}),
        }
    # What no rule sent to `resize` while a deployment changed the gate.
    missed = {"rendering": [False], **lane}
    accepted = pipeline.events("Image Accepted", "Image Held", detail=missed)
    return {"uploaded": created, "restored": restored, "accepted": accepted}


resize_bulk = bulk(resize, settings.single_bulk, **to_render(copied, reprocessed, BULK))
to_resize = route(resize, settings.single, resize_bulk, **to_render(uploaded, restored, LIVE))

rekognition = function(
    "rekognition",
    1769,
    60,
    {
        **everywhere,
        **charged,
        **versions_kept,
        "PREVIEWS_BUCKET": previews.name,
        "LIKENESS_TABLE": likeness.name,
        "ANALYSES": settings.analyses.to_json(),
        "DESCRIBER": settings.describer,
        "POLICY": settings.policy.to_json(),
    },
)
originals.grant_read_versions(rekognition, UPLOADS)
recognition.grant_call(rekognition, settings.analyses.operations)
if settings.describer:
    bedrock.grant_converse(rekognition, settings.describing_model, settings.describer)
previews.grant_write(rekognition, PREVIEWS)
catalog.grant_read_write(rekognition)
catalog.grant_find(rekognition, "by-answers")
if settings.policy.duplicates != "allow":
    likeness.grant_query(rekognition)
spending.grant_add(rekognition)
spending.grant_query(rekognition)
pipeline.grant_put(rekognition)
rekognition_bulk = bulk(rekognition, settings.single_bulk, uploaded=copied, restored=reprocessed)
to_rekognition = route(
    rekognition, settings.single, rekognition_bulk, uploaded=uploaded, restored=restored
)

notify = function(
    "notify",
    256,
    settings.notice_timeout_seconds,
    {
        "CATALOG_TABLE": catalog.name,
        "NOTICES_TOPIC": notices.arn,
        "PICTURES_URL": pictures.url,
        "STAGE": settings.stage,
        "USER_POOL": people.id,
        "SES_SENDER": settings.ses_sender,
        "MAIL_DOMAINS": settings.addressable_domains,
    },
)
catalog.grant_read_write(notify)
notices.grant_publish(notify)
ses.grant_send(notify, settings.ses_sender)
if settings.ses_sender:
    people.grant_find(notify)
finished = ("Image Ready", "Image Held", "Image Rejected", "Image Failed")
notify_bulk = bulk(notify, settings.counting, finished=pipeline.events(*finished, detail=BULK))
to_notify = route(
    notify, settings.notifying, notify_bulk, finished=pipeline.events(*finished, detail=LIVE)
)

retire = function(
    "retire",
    512,
    60,
    {
        **everywhere,
        **versions_kept,
        **placed,
        "RENDITIONS_BUCKET": renditions.name,
        "PREVIEWS_BUCKET": previews.name,
        "LIKENESS_TABLE": likeness.name,
        "DISTRIBUTION_ID": pictures.distribution_id,
    },
)
originals.grant_read(retire, UPLOADS)
renditions.grant_remove(retire, RENDITIONS)
previews.grant_delete(retire, PREVIEWS)
likeness.grant_query(retire)
likeness.grant_remove(retire)
if vectors:
    vectors.grant_remove(retire)
catalog.grant_read_write(retire)
pipeline.grant_put(retire)
pictures.grant_invalidate(retire)
deleted = originals.deleted(UPLOADS)
emptied = originals.emptied(UPLOADS)
unarchived = originals.unarchived(UPLOADS)
obsolete = ("Renditions Obsolete", "Original Missing")
retire_bulk = bulk(
    retire, settings.invalidating_bulk, obsolete=pipeline.events(*obsolete, detail=BULK)
)
to_retire = route(
    retire,
    settings.invalidating,
    retire_bulk,
    deleted=deleted,
    emptied=emptied,
    unarchived=unarchived,
    obsolete=pipeline.events(*obsolete, detail=LIVE),
)

reconcile = function(
    "reconcile",
    settings.reconcile_memory_mb,
    900,
    {
        **everywhere,
        **placing,
        "RENDITIONS_BUCKET": renditions.name,
        "PREVIEWS_BUCKET": previews.name,
        "LIKENESS_TABLE": likeness.name,
        "DISTRIBUTION_ID": pictures.distribution_id,
        "GATE": settings.gate,
        "REPAIRS": str(settings.reconcile_repairs),
        "EXPORTS_BUCKET": "" if settings.inventory == "never" else exports.name,
    },
    feeds_itself=True,
)
originals.grant_read(reconcile, UPLOADS)
renditions.grant_read_remove(reconcile, RENDITIONS)
previews.grant_remove(reconcile, PREVIEWS)
likeness.grant_read_all(reconcile)
likeness.grant_query(reconcile)
likeness.grant_remove(reconcile)
if vectors:
    vectors.grant_read_all(reconcile)
    vectors.grant_remove(reconcile)
    if len(settings.embeddings) > 1:
        vectors.grant_append(reconcile)
        vectors.grant_get(reconcile)
        vectors.grant_search(reconcile, settings.embeddings[1:])
catalog.grant_read_all(reconcile)
pipeline.grant_put(reconcile)
pictures.grant_invalidate(reconcile)
if settings.inventory != "never":
    exports.grant_read(reconcile, INVENTORIES)
paused = pipeline.events("Reconciliation Paused")
to_reconcile = route(
    reconcile, settings.single, paused=paused, **scheduled(settings.reconcile_schedule)
)

# It pauses what the other functions cost, and no deletion or notice

budget = function(
    "budget",
    256,
    30,
    {
        **charged,
        "FEEDS": pulumi.Output.concat(
            *(to_rekognition.feed, ",", to_resize.feed, ","),
            *(rekognition_bulk.feed, ",", resize_bulk.feed),
        ),
    },
)
spending.grant_query(budget)
spending.grant_change(budget)
to_rekognition.grant_pause(budget)
to_resize.grant_pause(budget)
rekognition_bulk.grant_pause(budget)
resize_bulk.grant_pause(budget)
spent = pipeline.events("Budget Spent", "Budget Raised")
to_budget = route(budget, settings.single, spent=spent, **scheduled(settings.budget_schedule))

# It admits the objects of a backfill to bulk work, as long as there is room

admit = function(
    "admit",
    512,
    120,
    {
        **everywhere,
        **charged,
        "BACKFILLS_TABLE": backfills.name,
        "NOTICES_TOPIC": notices.arn,
        "STAGE": settings.stage,
        "QUEUES": pulumi.Output.concat(
            *(rekognition_bulk.queue_url, ",", resize_bulk.queue_url, ","),
            notify_bulk.queue_url,
        ),
        "RECIPE_FINGERPRINT": settings.recipe.fingerprint,
        "POLICY": settings.policy.to_json(),
        "ANALYSES": settings.analyses.to_json(),
        "EMBEDDING": settings.embedding,
        "NEXT_EMBEDDING": settings.next_embedding,
    },
)
originals.grant_read(admit, UPLOADS)
catalog.grant_read_many(admit)
spending.grant_query(admit)
backfills.grant_tally(admit)
pipeline.grant_put(admit)
notices.grant_publish(admit)
rekognition_bulk.grant_measure(admit)
resize_bulk.grant_measure(admit)
notify_bulk.grant_measure(admit)
backfill = StateMachine(
    "backfill",
    StateMachineArgs(
        definition=workflows.backfill(admit, exports),
        rights=workflows.backfill_rights(admit, originals, UPLOADS, exports, INVENTORIES),
        roles_boundary=settings.roles_boundary,
    ),
    here,
)

# What people reach: no event starts it, and its rights come before its routes too

api = function(
    "api",
    1769,
    29,
    {
        **everywhere,
        **versions_kept,
        **placing,
        "PREVIEWS_BUCKET": previews.name,
        "RENDITIONS_BUCKET": renditions.name,
        "UPLOADS_TABLE": uploads.name,
        "AUDIT_TABLE": audit.name,
        "SPENDING_TABLE": spending.name,
        "LIKENESS_TABLE": likeness.name,
        "PICTURES_URL": pictures.url,
        "STAGE": settings.stage,
        "GATE": settings.gate,
        "POLICY": settings.policy.to_json(),
        "SHARED": "true" if settings.shared else "false",
        "QUOTA_BYTES": str(settings.quota_bytes),
        "QUOTA_PICTURES": str(settings.pictures_a_day),
        "AUDIT_DAYS": str(settings.audit_days),
        "SIGNING_KEY": settings.delivery_key_parameter,
        "SIGNING_KEY_ID": pictures.key_id,
    },
)
originals.grant_upload(api, UPLOADS)
originals.grant_read_versions(api, UPLOADS)
originals.grant_erase(api, UPLOADS)
previews.grant_read_delete(api, PREVIEWS)
catalog.grant_read_write(api)
catalog.grant_find(api, "by-owner-month", "by-month", "by-status-shard")
uploads.grant_keep(api)
audit.grant_append(api)
spending.grant_get(api)
likeness.grant_query(api)
likeness.grant_remove(api)
if vectors:
    vectors.grant_get(api)
    vectors.grant_search(api, settings.embeddings)
    vectors.grant_remove(api)
    bedrock.grant_invoke(api, settings.embedding_models, settings.account.region)
parameter.grant_read(api, settings.delivery_key_parameter)
pipeline.grant_put(api)
requests.serve(api, people, gallery, under=API, public=[API_DESCRIPTION])

# What operators see and hear

functions = (
    *(resize, rekognition, notify, retire, reconcile, budget, admit, api),
    *([develop] if develop else []),
)
routes = (
    *(to_resize, to_rekognition, to_notify, to_retire, to_reconcile, to_budget),
    *(resize_bulk, rekognition_bulk, notify_bulk, retire_bulk),
)

if settings.monitoring:
    Alarms(
        "alarms",
        AlarmsArgs(
            topic=alerts.arn,
            watches=monitoring.watches(
                functions, routes, requests, mails=bool(settings.ses_sender)
            ),
            explanation=monitoring.paused(budget),
        ),
        here,
    )
    Dashboard(
        "overview",
        DashboardArgs(
            rows=monitoring.questions(functions, routes, requests),
            region=settings.account.region,
        ),
        here,
    )

# Exports

pulumi.export("gate", settings.gate)
pulumi.export("originals", originals.name)
pulumi.export("renditions", renditions.name)
pulumi.export("previews", previews.name)
pulumi.export("exports", exports.name)
pulumi.export("catalog", catalog.name)
pulumi.export("uploads", uploads.name)
pulumi.export("audit", audit.name)
pulumi.export("audit_days", settings.audit_days)
pulumi.export("spending", spending.name)
pulumi.export("likeness", likeness.name)
pulumi.export("vectors", vectors.name if vectors else "")
pulumi.export("embedding", settings.embedding)
pulumi.export("next_embedding", settings.next_embedding)
pulumi.export("daily_budget_usd", settings.daily_budget_usd)
pulumi.export("pipeline", pipeline.name)
pulumi.export("backfill", backfill.arn)
pulumi.export("backfills", backfills.name)
pulumi.export("notices", notices.arn)
pulumi.export("alerts", alerts.arn)
pulumi.export("pictures_url", pictures.url)
pulumi.export("distribution_id", pictures.distribution_id)
pulumi.export("user_pool", people.id)
pulumi.export("app_client", gallery.id)
pulumi.export("sign_in_url", people.sign_in_url)
pulumi.export("functions", {each.label: each.name for each in functions})
pulumi.export("logs", {each.label: each.log_group for each in functions})
pulumi.export("queues", {each.label: each.queue_url for each in routes})
pulumi.export("dead_letters", {each.label: each.dead_letters_url for each in routes})
