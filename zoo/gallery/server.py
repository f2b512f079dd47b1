"""Serves one folder on this machine alone."""

import errno
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from zoo.errors import UserError

HOST = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    """Files of one folder, without a word on each."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_: Any) -> None:
        pass

    def send_head(self) -> Any:
        """Refuses what a link leads out of the folder to."""
        place, root = Path(self.translate_path(self.path)), Path(self.directory).resolve()
        if not place.resolve().is_relative_to(root):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(404)


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of a folder, at a port, or at one that is free for 0.

    Raises:
        UserError: the port is in use, or may not be used.
    """
    try:
        return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        known = {errno.EADDRINUSE: "in use", errno.EACCES: "not open to you"}
        why = known.get(getattr(error, "errno", None) or 0, str(error))
        raise UserError(
            f"Port {port} is {why}; take another with --port, or 0 for a free one."
        ) from None


def serve(folder: Path, port: int, is_shown: bool) -> None:
    """Serves a folder until it is interrupted, and opens its first page in a browser."""
    with server(folder, port) as running:
        address = f"http://{HOST}:{running.server_address[1]}/"
        print(f"The gallery is at {address}; Ctrl-C ends it.", flush=True)
        if is_shown:
            webbrowser.open(address)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            print()
