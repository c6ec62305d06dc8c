"""Where things lie: every key of an upload, a rendition or a preview is built and parsed here.

    uploads/<owner id>/<upload id>/<name>     written by the API, for one signed-in person
    uploads/<any other key>                   written by anyone else who may write to the bucket
    i/<image id>/<content id>/<name>.<ext>    a rendition; its key is its address behind CloudFront
    previews/<image id>/<content id>.jpg      a private preview of a held picture
    recipes/<SHA-256>                         the recipe, or the file of a watermark

    /darkroom/<stage>/signing-key/<fingerprint>
                                              the parameter with the private key of signed cookies

Owner ids and upload ids are UUIDs in lower case. Image ids are 32 hexadecimal digits, content ids
16. A name that begins with a letter is a rendition or preset of the recipe; one that begins with a
digit is a size made on demand, such as `640` or `640x480,cover,faces`.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

__all__ = [
    "API",
    "API_DESCRIPTION",
    "INVENTORIES",
    "INVENTORY",
    "NAME",
    "PREVIEWS",
    "RECIPES",
    "RENDITIONS",
    "UPLOADS",
    "RenditionKey",
    "UploadKey",
    "content_of",
    "content_prefix",
    "image_of",
    "parse_rendition",
    "parse_upload",
    "preview_key",
    "previewed",
    "recipe_key",
    "signing_key_parameter",
]

UPLOADS = "uploads/"
"""Every original's key begins with this."""

RENDITIONS = "i/"
"""Every rendition's key, and so its path behind CloudFront, begins with this."""

PREVIEWS = "previews/"
"""Every private preview's key begins with this."""

RECIPES = "recipes/"
"""The key of what renditions are made by begins with this, beside the renditions. No path behind
CloudFront leads to it."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""A rendition's or preset's name. It begins with a letter, so it cannot be mistaken for a size."""

INVENTORIES = "inventory/"
"""The prefix of S3's inventories in the bucket that keeps them."""

INVENTORY = "current-versions"
"""The name of the inventory that S3 keeps of a bucket."""

API = "api/"
"""Every path of the API behind CloudFront begins with this."""

API_DESCRIPTION = "api/openapi.json"
"""Where the API describes itself, to anyone."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UPLOAD = re.compile(
    rf"uploads/(?P<owner_id>{_UUID})/(?P<upload_id>{_UUID})/(?P<name>.+)", re.DOTALL
)
_IMAGE_ID = re.compile("[0-9a-f]{32}")
_PREVIEW = re.compile(r"previews/(?P<image_id>[0-9a-f]{32})/[0-9a-f]{16}\.jpg")
_RENDITION = re.compile(
    r"i/(?P<image_id>[0-9a-f]{32})/(?P<content_id>[0-9a-f]{16})"
    r"/(?P<name>[a-z0-9][a-z0-9,-]*)(?:\.(?P<extension>[a-z0-9]+))?"
)


@dataclass(frozen=True, kw_only=True)
class UploadKey:
    """The parts of a key that the API wrote an upload under."""

    owner_id: str
    upload_id: str
    name: str

    def __str__(self) -> str:
        return f"{UPLOADS}{self.owner_id}/{self.upload_id}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class RenditionKey:
    """The parts of a rendition's key. Without an extension it is the address of whichever format
    the viewer prefers, and no file lies there."""

    image_id: str
    content_id: str
    name: str
    extension: str | None = None

    def __str__(self) -> str:
        extension = f".{self.extension}" if self.extension else ""
        return f"{content_prefix(self.image_id, self.content_id)}{self.name}{extension}"

    @property
    def on_demand(self) -> bool:
        """Whether the name is a size instead of one of the recipe's names."""
        return not self.name[0].isalpha()


def content_prefix(image_id: str, content_id: str) -> str:
    """What the keys of every file of one content begin with."""
    return f"{RENDITIONS}{image_id}/{content_id}/"


def recipe_key(sha256: str) -> str:
    """The key of the recipe or the watermark with this digest."""
    return f"{RECIPES}{sha256}"


def preview_key(image_id: str, content_id: str) -> str:
    """The key of one version's private preview."""
    return f"{PREVIEWS}{image_id}/{content_id}.jpg"


def parse_upload(key: str) -> UploadKey | None:
    """The parts of an upload's key, or None if it is not one of the API's: it has no owner id."""
    match = _UPLOAD.fullmatch(key)
    return UploadKey(**match.groupdict()) if match else None


def parse_rendition(key: str) -> RenditionKey | None:
    """The parts of a rendition's key, or None for a key that this program never writes."""
    match = _RENDITION.fullmatch(key)
    return RenditionKey(**match.groupdict()) if match else None


def image_of(key: str) -> str | None:
    """The image id in any key under `i/`, or None if there is no such id in it."""
    image_id = key.removeprefix(RENDITIONS).partition("/")[0]
    return image_id if key.startswith(RENDITIONS) and _IMAGE_ID.fullmatch(image_id) else None


def previewed(key: str) -> str | None:
    """The image id in a private preview's key, or None for a key that this program never writes."""
    match = _PREVIEW.fullmatch(key)
    return match["image_id"] if match else None


def content_of(key: str) -> str:
    """The content id in a rendition's key."""
    return key.split("/")[2]


def signing_key_parameter(stage: str, public_key: str) -> str:
    """The name of the parameter that holds the private key to `public_key`, in base 64.

    Another key has another parameter, so a deployment changes both halves of the pair at once.
    """
    fingerprint = sha256(public_key.encode()).hexdigest()[:16]
    return f"/darkroom/{stage}/signing-key/{fingerprint}"
