"""Lets containers reach ports of this machine that listen on the loopback address only."""

import contextlib
import ipaddress
import json
import select
import socket
import threading
from collections.abc import Sequence

from local.docker.engine import Engine

__all__ = ["Bridge", "gateway"]

CHUNK = 65_536


def gateway(engine: Engine) -> str:
    """This machine's address on the engine's own network, which nothing outside can reach.

    An engine that chose its own network may not report a gateway: it is then the first address.
    """
    network = engine.run("network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}")
    settings = json.loads(network)[0]
    return settings.get("Gateway") or str(ipaddress.ip_network(settings["Subnet"])[1])


class Bridge:
    """Forwards connections to `address` to the same ports of 127.0.0.1, until it is closed."""

    def __init__(self, address: str, ports: Sequence[int]) -> None:
        """Raises `OSError` if a port is taken at `address`."""
        self._listeners = [socket.create_server((address, port)) for port in ports]
        for listener in self._listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        """Accept no more connections; open ones end when either side closes."""
        for listener in self._listeners:
            # Closing alone does not wake the accepting thread.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            port: int = listener.getsockname()[1]
            while True:
                outer, _ = listener.accept()
                threading.Thread(target=_pass_on, args=(outer, port), daemon=True).start()


def _pass_on(outer: socket.socket, port: int) -> None:
    with (
        contextlib.suppress(OSError),
        outer,
        socket.create_connection(("127.0.0.1", port)) as inner,
    ):
        other = {outer: inner, inner: outer}
        while True:
            for ready in select.select([outer, inner], [], [])[0]:
                data = ready.recv(CHUNK)
                if not data:
                    return
                other[ready].sendall(data)
