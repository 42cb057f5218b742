"""An S3 server on this machine, which can be made to fail as a busy one does."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

SECRETS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Store:
    """Moto's server, with a bucket; while it runs, the environment names it.

    Attributes
    ----------
    failing : dict of str to int
        How many more times a key whose name ends so is answered with 503.
    puts : list of str
        The method and the path of each request that wrote something.
    """

    def __init__(self) -> None:
        self.failing: dict[str, int] = {}
        self.puts: list[str] = []
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        for name, left in self.failing.items():
            if path.endswith(name) and method == "GET" and left > 0:
                self.failing[name] = left - 1
                start_response("503 Slow Down", [("Content-Length", "0")])
                return [b""]
        if method in ("PUT", "POST"):
            self.puts.append(f"{method} {path}")
        return self._app(environ, start_response)

    def __enter__(self) -> Store:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        os.environ.update(SECRETS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{self._server.port}")
        boto3.client("s3").create_bucket(Bucket="pictures")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        for name in (*SECRETS, "AWS_ENDPOINT_URL"):
            os.environ.pop(name, None)

    def upload(self, folder: Path, prefix: str) -> str:
        """Put a folder's files into the bucket; return their address."""
        client = boto3.client("s3")
        for file in sorted(folder.rglob("*.*")):
            key = f"{prefix}/{file.relative_to(folder).as_posix()}"
            client.upload_file(str(file), "pictures", key)
        return f"s3://pictures/{prefix}"

    def keys(self, prefix: str) -> list[str]:
        """Return what lies under a prefix."""
        found = boto3.client("s3").list_objects_v2(Bucket="pictures", Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", [])]

    def delete(self, prefix: str) -> None:
        """Delete what lies under a prefix."""
        client = boto3.client("s3")
        for key in self.keys(prefix):
            client.delete_object(Bucket="pictures", Key=key)
