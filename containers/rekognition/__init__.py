"""The rekognition function: its pure core, and the handler around it."""
