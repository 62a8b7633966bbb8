"""The project as a whole: versions, links, packaging, and what must not be in it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import aacpy
from aacpy.config import Config
from aacpy.experiments.grids import grid_configs
from aacpy.files import project_root

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = project_root()
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: Name of a distribution -> what it is imported as, where the two differ.
IMPORTED_AS = {"pillow": "PIL", "scikit-learn": "sklearn", "pyyaml": "yaml", "ipykernel": "IPython"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked_files() -> list[Path]:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    """Name and text of every tracked file that is text."""
    found = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((str(path.relative_to(ROOT)), content.decode("utf-8")))
    return found


#: What tells readers which commands to type.
TEXTS = "\n".join(
    p.read_text(encoding="utf-8") for p in (ROOT / "README.md", *(ROOT / "book").glob("*.md"))
)


def requirements() -> list[str]:
    lines = [line.partition("#")[0].strip() for line in read("requirements.txt").splitlines()]
    return [line for line in lines if line]


def test_versions_agree() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert project["version"] == aacpy.__version__
    assert yaml.safe_load(read("CITATION.cff"))["version"] == aacpy.__version__
    newest = re.search(r"^## \[(.+?)\]", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == aacpy.__version__


def test_every_package_is_packaged() -> None:
    packages = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]["packages"]
    found = {str(p.parent.relative_to(ROOT)).replace("/", ".")
             for p in (ROOT / "aacpy").rglob("__init__.py")}  # fmt: skip
    assert set(packages) == found


def test_what_is_imported_is_required() -> None:
    names = {re.split(r"[<>=;\[ ]", line)[0].lower() for line in requirements()}
    importable = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names}
    imported = set()
    for path in (ROOT / "aacpy").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    missing = imported - importable - set(sys.stdlib_module_names) - {"aacpy"}
    assert not missing


def test_jupyter_book_is_the_one_that_reads_our_settings() -> None:
    (line,) = [line for line in requirements() if line.startswith("jupyter-book")]
    assert line.endswith("<2")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_clean(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert code
    for cell in code:
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in code) == 1


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", read(page))
    local = [
        t.partition("#")[0] for pair in targets for t in pair if not t.startswith(("http", "#"))
    ]
    assert [t for t in local if not (ROOT / t).exists()] == []


def test_commands_of_the_readme_are_understood() -> None:
    fields = Config.preset("pedestrians").to_dict()
    for command in re.findall(r"python -m aacpy train ([^`\n]*)", read("README.md")):
        options = [o.replace("-", "_") for o in re.findall(r"--([a-z0-9-]+)", command)]
        assert [o for o in options if o not in fields and o not in ("preset", "help")] == []
    for command in re.findall(r"papermill notebooks/train.ipynb ([^`\n]*)", read("README.md")):
        assert set(re.findall(r"-p (\w+)", command)) <= set(fields)
    for axis in ("delta", "start_epoch"):
        for command in re.findall(rf"papermill notebooks/ablation_{axis}.ipynb ([^`\n]*)", TEXTS):
            assert set(re.findall(r"-p (\w+)", command)) <= {*fields, "seeds", f"{axis}s"}
    targets = re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", TEXTS, flags=re.MULTILINE)) <= set(targets)


def test_make_help_lists_every_target() -> None:
    listed = re.findall(r"^([a-z-]+):.*## ", read("Makefile"), flags=re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), flags=re.MULTILINE)
    assert phony is not None
    assert sorted(listed) == sorted(phony[1].split())


def test_reported_seeds_are_not_those_that_settings_were_chosen_on() -> None:
    assert all(config.seed < 100 for config in grid_configs("all"))


def test_nothing_is_tied_to_a_machine() -> None:
    pattern = re.compile(r"(?<![\w.~$}/])/(?:root|home|Users|work|farm)/\w|/tmp/\w")
    assert [name for name, text in texts() if pattern.search(text)] == []


def test_nothing_unpickles() -> None:
    loads = re.compile(
        r"pickle\.load|joblib\.load|read_[p]ickle|weights_only=[F]alse|allow_pickle=[T]rue"
        r"|yaml\.(?:unsafe_|full_)?load\("
    )
    assert [name for name, text in texts() if loads.search(text)] == []
    modules = re.compile(r"import[ ](?:c?pickle|dill|joblib|marshal|shelve|cloudpickle)\b")
    assert [name for name, text in texts() if modules.search(text)] == []


def test_the_library_runs_no_text() -> None:
    pattern = re.compile(r"(?<![\w.])(?:eval|exec|compile)\(|shell=[T]rue|os\.system")
    ours = [(n, t) for n, t in texts() if n.startswith(("aacpy/", "tools/", "book/_ext/"))]
    assert [n for n, t in ours if n.endswith(".py") and pattern.search(t)] == []


def test_torch_loads_tensors_alone() -> None:
    calls = [
        (name, node)
        for name, text in texts()
        if name.endswith(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
    ]
    assert calls
    careless = [
        name
        for name, node in calls
        if ("weights_only", "True") not in [(k.arg, ast.unparse(k.value)) for k in node.keywords]
    ]
    assert careless == []


def test_nothing_unpacks_archives() -> None:
    pattern = re.compile(r"import[ ](?:tarfile|shutil\.unpack)|unpack_[a]rchive|extract[a]ll")
    assert [name for name, text in texts() if pattern.search(text)] == []


def test_files_are_small() -> None:
    large = [p.name for p in tracked_files() if p.stat().st_size > 1024 * 1024]
    assert large == []
