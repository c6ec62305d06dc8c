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
from components.route import Route, RouteArgs
from components.table import Index, Table, TableArgs
from components.topic import Topic, TopicArgs
from settings import Settings

UPLOADS = "uploads/"

settings = Settings.load()
tags = aws.ProviderDefaultTagsArgs(tags={"project": "darkroom", "stage": settings.stage})
provider = aws.Provider("aws", region=settings.region, default_tags=tags)
here = pulumi.ResourceOptions(providers=[provider])


def image(name: str) -> ContainerImage:
    return ContainerImage(
        name,
        ContainerImageArgs(
            context="containers",
            dockerfile=f"containers/{name}/Dockerfile",
            architecture=settings.architecture,
            build_args={"BASE_IMAGE": settings.base_image},
            protect=settings.protect,
        ),
        here,
    )


def function(
    name: str, memory_mb: int, timeout_seconds: int, environment: dict[str, pulumi.Input[str]]
) -> Function:
    return Function(
        name,
        FunctionArgs(
            image=image(name),
            memory_mb=memory_mb,
            timeout_seconds=timeout_seconds,
            environment=environment,
            retention_days=settings.retention_days,
        ),
        here,
    )


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
        indexes=[Index(name="by-status", hash_key="status", range_key="updated_at")],
        expires_at="expires_at",
        protect=settings.protect,
    ),
    here,
)
pipeline = Bus("pipeline", BusArgs(source="darkroom"), here)
notices = Topic(
    "notices", TopicArgs(emails=settings.notify_emails, phones=settings.notify_sms), here
)
pictures = Delivery(
    "pictures",
    DeliveryArgs(
        bucket=renditions,
        prefix="/i",
        domain=settings.domain,
        certificate_arn=settings.certificate_arn,
        wait=settings.protect,
    ),
    here,
)

# Functions

resize = function(
    "resize",
    memory_mb=1769,
    timeout_seconds=60,
    environment={
        "ORIGINALS_BUCKET": originals.name,
        "RENDITIONS_BUCKET": renditions.name,
        "CATALOG_TABLE": catalog.name,
        "PIPELINE_BUS": pipeline.name,
        "RECIPE": settings.recipe,
    },
)
rekognition = function(
    "rekognition",
    memory_mb=1769,
    timeout_seconds=60,
    environment={
        "ORIGINALS_BUCKET": originals.name,
        "CATALOG_TABLE": catalog.name,
        "PIPELINE_BUS": pipeline.name,
        "ANALYSES": settings.questions,
        "POLICY": settings.policy,
    },
)
notify = function(
    "notify",
    memory_mb=256,
    timeout_seconds=30,
    environment={
        "CATALOG_TABLE": catalog.name,
        "NOTICES_TOPIC": notices.arn,
        "PICTURES_URL": pictures.url,
        "STAGE": settings.stage,
        "SES_SENDER": settings.ses_sender,
    },
)
retire = function(
    "retire",
    memory_mb=256,
    timeout_seconds=60,
    environment={
        "ORIGINALS_BUCKET": originals.name,
        "RENDITIONS_BUCKET": renditions.name,
        "CATALOG_TABLE": catalog.name,
        "PIPELINE_BUS": pipeline.name,
        "DISTRIBUTION_ID": pictures.distribution_id,
    },
)

# Grants: before the routes, so that no event arrives before a right to deal with it

originals.grant_read_versions(resize, UPLOADS)
renditions.grant_write(resize)
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
renditions.grant_delete(retire)
catalog.grant_read_write(retire)
pipeline.grant_put(retire)
pictures.grant_invalidate(retire)

# Routes

uploaded = originals.created(UPLOADS)
restored = pipeline.events("Image Restored")
first_cause = {
    "open": {"uploaded": uploaded, "restored": restored},
    "guarded": {"accepted": pipeline.events("Image Accepted")},
}
to_resize = Route(
    "resize",
    RouteArgs(
        target=resize,
        sources=first_cause[settings.gate],
        batch_size=1,  # one picture at a time: no neighbours to take down
        max_concurrency=settings.max_concurrency,
    ),
    here,
)
to_rekognition = Route(
    "rekognition",
    RouteArgs(
        target=rekognition,
        sources={"uploaded": uploaded, "restored": restored},
        batch_size=1,
        max_concurrency=settings.max_concurrency,
    ),
    here,
)
to_notify = Route(
    "notify",
    RouteArgs(
        target=notify,
        sources={
            "finished": pipeline.events(
                "Image Ready", "Image Held", "Image Rejected", "Image Failed"
            )
        },
        batch_size=10,
        max_concurrency=settings.max_concurrency,
    ),
    here,
)
to_retire = Route(
    "retire",
    RouteArgs(
        target=retire,
        sources={
            "deleted": originals.deleted(UPLOADS),
            "obsolete": pipeline.events("Renditions Obsolete"),
        },
        batch_size=10,
        max_concurrency=settings.max_concurrency,
    ),
    here,
)

# Exports

functions = (resize, rekognition, notify, retire)
routes = (to_resize, to_rekognition, to_notify, to_retire)

pulumi.export("originals", originals.name)
pulumi.export("renditions", renditions.name)
pulumi.export("catalog", catalog.name)
pulumi.export("pipeline", pipeline.name)
pulumi.export("pictures_url", pictures.url)
pulumi.export("distribution_id", pictures.distribution_id)
pulumi.export("notices", notices.arn)
pulumi.export("functions", {each.label: each.name for each in functions})
pulumi.export("logs", {each.label: each.log_group for each in functions})
pulumi.export("queues", {each.label: each.queue_url for each in routes})
pulumi.export("dead_letters", {each.label: each.dead_letters_url for each in routes})
pulumi.export("gate", settings.gate)
