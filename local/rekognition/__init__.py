"""A stand-in for Amazon Rekognition on one machine.

It implements the service's wire protocol with its limits and error codes. Results are measured from
the pixels or come from a model in a public package; what cannot be determined here is left out of
the response. docs/local-rekognition.md lists what it recognises and how accurately.
"""
