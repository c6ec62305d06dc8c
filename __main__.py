"""Darkroom: what exists, and how it is wired."""

import pulumi
import pulumi_aws as aws

from components import rekognition as recognition
from components import ses
from components.bus import Bus, BusArgs
from components.container_image import ContainerImage, ContainerImageArgs
from components.delivery import Delivery, DeliveryArgs
from components.function import Function, FunctionArgs
from components.private_bucket import PrivateBucket, PrivateBucketArgs
from components.route import Route, RouteArgs, Source
from components.table import Index, Table, TableArgs
from components.topic import Topic, TopicArgs
from settings import Settings

# Where the keys of originals, and of renditions, begin.
UPLOADS = "uploads/"
SHOWN = "i/"

settings = Settings.load()
tags = aws.ProviderDefaultTagsArgs(tags={"project": "darkroom", "stage": settings.stage})
provider = aws.Provider("aws", region=settings.region, default_tags=tags)
here = pulumi.ResourceOptions(providers=[provider])


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
    name: str, memory_mb: int, timeout_seconds: int, **environment: pulumi.Input[str]
) -> Function:
    """The function `name`, as this stage runs it."""
    args = FunctionArgs(
        image=image(name),
        memory_mb=memory_mb,
        timeout_seconds=timeout_seconds,
        environment=environment,
        retention_days=settings.retention_days,
    )
    return Function(name, args, here)


def route(target: Function, batch_size: int, **sources: Source) -> Route:
    """The way of the events in `sources` to `target`, as wide as this stage has it."""
    args = RouteArgs(
        target=target,
        sources=sources,
        batch_size=batch_size,
        max_concurrency=settings.max_concurrency,
    )
    return Route(target.label, args, here)


# Stores

originals = PrivateBucket(
    "originals",
    PrivateBucketArgs(
        protect=settings.protect, recoverable_days=settings.retention_days, announced=True
    ),
    here,
)
renditions = PrivateBucket(
    "renditions", PrivateBucketArgs(protect=settings.protect, delivered=True), here
)
catalog = Table(
    "catalog",
    TableArgs(
        hash_key="image_id",
        indexes=[
            Index(
                name="by-status",
                hash_key="status",
                range_key="updated_at",
                carries=["key", "failure"],
            )
        ],
        expires_at="expires_at",
        protect=settings.protect,
    ),
    here,
)
pipeline = Bus("pipeline", BusArgs(source="darkroom"), here)
notices = Topic(
    "notices", TopicArgs(emails=settings.notify_emails, phones=settings.notify_sms), here
)

# Delivery: before the functions, two of which are told where it is

pictures = Delivery(
    "pictures",
    DeliveryArgs(
        bucket=renditions,
        under=SHOWN,
        domain=settings.domain,
        certificate_arn=settings.certificate_arn,
        wait=settings.protect,
    ),
    here,
)

# Functions: memory in MB, timeout in seconds, environment

everywhere: dict[str, pulumi.Input[str]] = {
    "ORIGINALS_BUCKET": originals.name,
    "CATALOG_TABLE": catalog.name,
    "PIPELINE_BUS": pipeline.name,
}
resize = function(
    "resize", 1769, 60, **everywhere, RENDITIONS_BUCKET=renditions.name, RECIPE=settings.recipe
)
rekognition = function(
    "rekognition", 1769, 60, **everywhere, ANALYSES=settings.questions, POLICY=settings.policy
)
notify = function(
    "notify",
    256,
    30,
    CATALOG_TABLE=catalog.name,
    NOTICES_TOPIC=notices.arn,
    PICTURES_URL=pictures.url,
    STAGE=settings.stage,
    SES_SENDER=settings.ses_sender,
)
retire = function(
    "retire",
    256,
    60,
    **everywhere,
    RENDITIONS_BUCKET=renditions.name,
    DISTRIBUTION_ID=pictures.distribution_id,
)
reconcile = function(
    "reconcile",
    512,
    900,
    **everywhere,
    RENDITIONS_BUCKET=renditions.name,
    DISTRIBUTION_ID=pictures.distribution_id,
    GATE=settings.gate,
    REPAIRS=str(settings.reconcile_repairs),
)

# Grants: before the routes, so that no event arrives before the right to deal with it

originals.grant_read_versions(resize, UPLOADS)
renditions.grant_write(resize, SHOWN)
catalog.grant_read_write(resize)
pipeline.grant_put(resize)

originals.grant_read_versions(rekognition, UPLOADS)
recognition.grant_detect(rekognition, settings.analyses)
catalog.grant_read_write(rekognition)
pipeline.grant_put(rekognition)

catalog.grant_read_write(notify)
notices.grant_publish(notify)
ses.grant_send(notify, settings.ses_sender)

originals.grant_read(retire, UPLOADS)
renditions.grant_remove(retire, SHOWN)
catalog.grant_read_write(retire)
pipeline.grant_put(retire)
pictures.grant_invalidate(retire)

originals.grant_read(reconcile, UPLOADS)
renditions.grant_read_remove(reconcile, SHOWN)
catalog.grant_read_all(reconcile)
pipeline.grant_put(reconcile)
pictures.grant_invalidate(reconcile)

# Routes: a picture at a time where one is decoded, so that it takes no neighbours down, and where
# CloudFront may let a function wait for its turn

uploaded = originals.created(UPLOADS)
deleted = originals.deleted(UPLOADS)
restored = pipeline.events("Image Restored")
accepted = pipeline.events("Image Accepted")
obsolete = pipeline.events("Renditions Obsolete", "Original Missing")
paused = pipeline.events("Reconciliation Paused")
finished = pipeline.events("Image Ready", "Image Held", "Image Rejected", "Image Failed")

resized_after = {
    "open": {"uploaded": uploaded, "restored": restored},
    "guarded": {"accepted": accepted},
}
to_resize = route(resize, 1, **resized_after[settings.gate])
to_rekognition = route(rekognition, 1, uploaded=uploaded, restored=restored)
to_notify = route(notify, 10, finished=finished)
to_retire = route(retire, 1, deleted=deleted, obsolete=obsolete)
at_its_hour = (
    {"scheduled": Source(schedule=settings.reconcile_schedule)}
    if settings.reconcile_schedule
    else {}
)
to_reconcile = route(reconcile, 1, paused=paused, **at_its_hour)

# Exports

functions = (resize, rekognition, notify, retire, reconcile)
routes = (to_resize, to_rekognition, to_notify, to_retire, to_reconcile)

pulumi.export("gate", settings.gate)
pulumi.export("originals", originals.name)
pulumi.export("renditions", renditions.name)
pulumi.export("catalog", catalog.name)
pulumi.export("pipeline", pipeline.name)
pulumi.export("notices", notices.arn)
pulumi.export("pictures_url", pictures.url)
pulumi.export("distribution_id", pictures.distribution_id)
pulumi.export("functions", {each.label: each.name for each in functions})
pulumi.export("logs", {each.label: each.log_group for each in functions})
pulumi.export("queues", {each.label: each.queue_url for each in routes})
pulumi.export("dead_letters", {each.label: each.dead_letters_url for each in routes})
