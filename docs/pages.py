"""Makes pages of the repository's own files: the READMEs, the notebooks, the changelog.

MkDocs calls what begins with ``on_``. Every link leads from file to file, as on a code host; here
it is turned into one from page to page.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbconvert import MarkdownExporter

REPOSITORY = Path(__file__).resolve().parent.parent
# A file of the repository, and the page that it becomes; in docs/, each is a page already.
PAGES = {
    "README.md": "index.md",
    "README.zh-CN.md": "zh-CN.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    **{
        f"notebooks/{path.name}": f"tutorial/{path.stem}.md"
        for path in (REPOSITORY / "notebooks").glob("*.ipynb")
    },
}
SOURCES = {page: source for source, page in PAGES.items()}
LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s#]+)(#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each file of the repository that becomes one."""
    for source, page in PAGES.items():
        if source.endswith(".ipynb"):
            text, pictures = _notebook(REPOSITORY / source)
            for name, picture in pictures.items():
                place = posixpath.join(posixpath.dirname(page), name)
                files.append(File.generated(config, place, content=picture))
        else:
            text = (REPOSITORY / source).read_text("utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Return a page's text with its links to files turned into links to pages."""
    here = page.file.src_uri
    folder = posixpath.dirname(SOURCES.get(here, f"docs/{here}"))

    def link(found: re.Match[str]) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        file = posixpath.normpath(posixpath.join(folder, target))
        if re.match(r"[a-z]+:", target) or (here.startswith("tutorial/") and text.startswith("!")):
            return found[0]
        if file in PAGES or file.startswith("docs/"):
            place = PAGES.get(file, file[len("docs/") :])
            return f"{text}({posixpath.relpath(place, posixpath.dirname(here) or '.')}{anchor})"
        # A file of the repository that is no page, such as the licence.
        return text[1:-1]

    return LINK.sub(link, markdown)


def _notebook(path: Path) -> tuple[str, dict[str, bytes]]:
    """Return a notebook's text and outputs as Markdown, and its pictures by their names."""
    notebook = nbformat.read(path, as_version=4)
    exporter = MarkdownExporter()
    resources = {"output_files_dir": f"{path.stem}_files", "unique_key": "output"}
    text, resources = exporter.from_notebook_node(notebook, resources)
    return text, resources["outputs"]
