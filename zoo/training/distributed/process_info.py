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

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.coordinator.rpartition(":")
        return host, int(port)
