"""JupyterLab as a program to be started, and a notebook in it as a page to be used."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
SECONDS = 60
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium() -> str | None:
    """Return where the browser is: where CHROMIUM says, or on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)


class Lab:
    """A JupyterLab on a free port, with a home of its own; a context that ends with the server."""

    def __init__(self, folder: Path):
        self.folder = folder / "notebooks"
        self._home = folder / "home"
        self.folder.mkdir()
        self._home.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Lab:
        command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self._port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.folder,
            "ServerApp.disable_check_xsrf": True,
            "IdentityProvider.token": "",
            "LabApp.news_url": "",
        }
        command += [f"--{name}={value}" for name, value in options.items()]
        self._log = (self._home / "log").open("w")
        self._server = subprocess.Popen(
            command,
            env=self._environment(),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        # With all its kernels: asked to stop, it may wait for one that was restarted.
        os.killpg(self._server.pid, signal.SIGKILL)
        self._server.wait(SECONDS)
        self._log.close()

    def _environment(self) -> dict[str, str]:
        places = {
            "HOME": "",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        return {**os.environ, **{name: str(self._home / at) for name, at in places.items()}}

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                self.ask("/api")
                return
            except urllib.error.URLError:
                time.sleep(0.2)
        raise RuntimeError(f"JupyterLab did not start:\n{(self._home / 'log').read_text()}")

    def ask(self, path: str, method: str = "GET") -> object:
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def shut_down_kernels(self) -> None:
        for session in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")

    def set_theme(self, theme: str) -> None:
        settings = self._home / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True, exist_ok=True)
        choice = {"theme": f"JupyterLab {theme.title()}"}
        (settings / "themes.jupyterlab-settings").write_text(json.dumps(choice))
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')

    def write(self, name: str, cells: list[str]) -> None:
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": KERNEL},
        )
        nbformat.write(made, self.folder / name)

    def read(self, name: str) -> nbformat.NotebookNode:
        return nbformat.read(self.folder / name, as_version=4)

    def execute(self, name: str) -> str:
        """Execute a notebook without anybody watching, and return the result's name."""
        self._nbconvert("--to", "notebook", "--execute", "--output", f"executed-{name}", name)
        return f"executed-{name}"

    def convert(self, name: str) -> Path:
        """Convert a notebook to a page, and return its file."""
        self._nbconvert("--to", "html", name)
        return (self.folder / name).with_suffix(".html")

    def _nbconvert(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "jupyter", "nbconvert", *arguments]
        done = subprocess.run(
            command, env=self._environment(), cwd=self.folder, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(done.stderr)


class Notebook:
    """A notebook that is open in JupyterLab in a browser's page."""

    def __init__(self, lab: Lab, page, name: str, artefacts: Path):
        self.lab, self.page, self.name = lab, page, name
        self._artefacts = artefacts
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.open()
        page.keyboard.press("Control+b")

    def open(self) -> None:
        self.page.goto(f"{self.lab.url}/lab/tree/{self.name}?reset")
        self.page.wait_for_selector(".jp-Notebook .cm-content", timeout=1000 * SECONDS)
        # The kernel is there when the status bar names it, and not before.
        self.page.wait_for_selector("text=/\\(ipykernel\\) \\| Idle/", timeout=1000 * SECONDS)

    def run(self, number: int, wait: bool = True) -> None:
        """Run a cell, counted from 0, and wait until it has run."""
        cell = self.page.locator(".jp-CodeCell").nth(number)
        before = cell.locator(".jp-InputPrompt").inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        if wait:
            self.page.wait_for_function(
                "([cell, before]) => { const now = cell.querySelector('.jp-InputPrompt').innerText;"
                " return now !== before && /\\d/.test(now); }",
                arg=[cell.element_handle(), before],
                timeout=1000 * SECONDS,
            )

    def output(self, number: int):
        return self.page.locator(".jp-CodeCell").nth(number).locator(".jp-OutputArea-output").last

    def save(self) -> nbformat.NotebookNode:
        """Save the notebook as a person does, and read the file."""
        before = (self.lab.folder / self.name).stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        deadline = time.monotonic() + SECONDS
        while (self.lab.folder / self.name).stat().st_mtime_ns == before:
            if time.monotonic() > deadline:
                raise TimeoutError("The notebook was not saved")
            self.page.wait_for_timeout(100)
        return self.lab.read(self.name)

    def restart_kernel(self) -> None:
        self.page.locator(".lm-MenuBar-item >> text=Kernel").click()
        self.page.locator(".lm-Menu-item >> text=/^Restart Kernel…$/").click()
        self.page.locator(".jp-Dialog button >> text=/^Restart$/").click()
        self.page.wait_for_selector(".jp-Dialog", state="detached")

    def picture(self, name: str) -> None:
        """Keep a screenshot among the artefacts."""
        self.picture_of(self.page, name)

    def picture_of(self, page, name: str) -> None:
        self._artefacts.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=self._artefacts / f"{name}.png")
