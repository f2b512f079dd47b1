"""Where a process stands among those that train together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Of a process among those of a training."""

    coordinator: str
    """host:port of the first process."""

    process: int
    """Counted from 0."""

    processes: int

    shares_port: bool = False
    """Whether the port is held for these processes, and is listened at with SO_REUSEPORT."""

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.coordinator.rpartition(":")
        return host, int(port)
