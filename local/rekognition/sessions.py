"""How every model is opened."""

from __future__ import annotations

from pathlib import Path

import onnxruntime

__all__ = ["open_session"]


def open_session(
    model: Path | bytes, threads: int, *, keep_memory: bool = True
) -> onnxruntime.InferenceSession:
    """`keep_memory` keeps a run's buffers for the next: faster if every run needs the same."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A spinning worker would occupy the core that another picture needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = keep_memory
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
