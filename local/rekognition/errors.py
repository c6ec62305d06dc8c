"""The service's errors, with the codes and messages that its clients expect."""

from __future__ import annotations

__all__ = [
    "AccessDeniedError",
    "ImageTooLargeError",
    "InternalError",
    "InvalidImageFormatError",
    "InvalidParameterError",
    "InvalidS3ObjectError",
    "MissingAuthenticationTokenError",
    "RekognitionError",
    "ResourceNotFoundError",
    "SerializationError",
    "ThrottlingError",
    "UnknownOperationError",
    "ValidationError",
]


class RekognitionError(Exception):
    """An error response: `code` goes to `__type`, the text to `Message`, `status` to HTTP."""

    code = "InternalServerError"
    status = 400
    default = "Internal server error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default)


class AccessDeniedError(RekognitionError):
    code = "AccessDeniedException"


class ImageTooLargeError(RekognitionError):
    code = "ImageTooLargeException"
    default = "Image size is too large"


class InternalError(RekognitionError):
    status = 500


class InvalidImageFormatError(RekognitionError):
    code = "InvalidImageFormatException"
    default = "Request has invalid image format"


class InvalidParameterError(RekognitionError):
    code = "InvalidParameterException"
    default = "Request has invalid parameters"


class InvalidS3ObjectError(RekognitionError):
    code = "InvalidS3ObjectException"
    default = (
        "Unable to get object metadata from S3. Check object key, region and/or access permissions."
    )


class MissingAuthenticationTokenError(RekognitionError):
    code = "MissingAuthenticationTokenException"
    default = "Missing Authentication Token"


class ResourceNotFoundError(RekognitionError):
    code = "ResourceNotFoundException"


class SerializationError(RekognitionError):
    code = "SerializationException"


class ThrottlingError(RekognitionError):
    code = "ThrottlingException"
    default = "Slow down; sudden increase in rate of requests"


class UnknownOperationError(RekognitionError):
    code = "UnknownOperationException"


class ValidationError(RekognitionError):
    """A value outside its shape's limits. The service's model does not list it, so boto3 raises a
    plain ClientError."""

    code = "ValidationException"
