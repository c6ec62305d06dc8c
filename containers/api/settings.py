"""The function's environment."""

from dataclasses import dataclass

from pipeline.policy import Policy

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """What the function is given; `runtime.settings` reads it."""

    originals_bucket: str
    previews_bucket: str
    renditions_bucket: str
    catalog_table: str
    uploads_table: str
    audit_table: str
    spending_table: str
    likeness_table: str
    vectors_table: str
    embedding: str
    next_embedding: str
    pipeline_bus: str
    pictures_url: str
    stage: str
    gate: str
    shared: bool
    """Whether everyone who has signed in sees all pictures that are shown."""
    policy: Policy
    """What the stack's policy would decide today, for reviewers."""
    quota_bytes: int
    """Bytes that a person may upload in a day of UTC."""
    quota_pictures: int
    """Pictures that a person may upload in a day of UTC."""
    retention_days: int
    """Days that overwritten and deleted originals can be brought back."""
    audit_days: int
    """Days that the audit trail is kept; 0 keeps it."""
    signing_key: str
    """The parameter with the key that signs cookies for pictures; empty where they are public."""
    signing_key_id: str
    """What CloudFront knows the key by."""
