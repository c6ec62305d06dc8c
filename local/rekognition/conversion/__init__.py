"""From the formats in which the packages ship their weights to ONNX; used once, when preparing."""
