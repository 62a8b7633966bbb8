"""What the project depends on: bounds, the lowest versions, vulnerabilities, licences."""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

import pytest

from tools import audit, licences
from tools.lowest import pinned
from tools.requirements import FILES, ROOT, Requirement, direct, parse

#: Licences that let everyone depend on a package from source under BSD-3-Clause.
COMPATIBLE = {"0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD", "BSD-2-Clause",
              "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-CMU", "MPL-2.0", "PSF-2.0",
              "Zlib"}  # fmt: skip


def release(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_every_requirement_has_bounds() -> None:
    found = direct()
    assert {"torch", "pytest"} <= {requirement.name for requirement in found}
    assert all(release(r.lower) < release(r.upper) for r in found)
    assert all(r.topic for r in found)
    assert all(f'file = ["{name}"]' in (ROOT / "pyproject.toml").read_text() for name in FILES)


def test_a_requirement_is_read() -> None:
    book = "# The book: version 2\n# is another.\na-b>=1.0.4,<2\n"
    assert parse(book + '\n# Rest.\nc>=0.5,<1; python_version < "3.11"\n') == [
        Requirement("a-b", "1.0.4", "2", "", "The book"),
        Requirement("c", "0.5", "1", 'python_version < "3.11"', "Rest"),
    ]


@pytest.mark.parametrize("line", ["a", "a>=1", "a<2", "a==1", "a>1,<2", "a>=1,<2,!=1.5"])
def test_a_requirement_without_both_bounds_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        parse(line)


def test_lowest_pins_the_lower_bound() -> None:
    assert pinned(Requirement("a", "1.0.4", "2", "", "")) == "a==1.0.4"
    marker = 'python_version < "3.11"'
    assert pinned(Requirement("a", "7.32", "8", marker, "")) == f"a==7.32; {marker}"


def report(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


SOUND = {"name": "numpy", "version": "2.4.6", "vulns": []}
OWN = {"name": "aacpy", "skip_reason": "Dependency not found on PyPI and could not be audited"}
KNOWN = {
    "name": "pillow",
    "version": "10.2.0",
    "vulns": [
        {"id": "PYSEC-2", "fix_versions": [], "aliases": []},
        {"id": "PYSEC-1", "fix_versions": ["10.3.0", "11.0.0"], "aliases": ["CVE-1"]},
    ],
}
FOUND = "Found 2 known vulnerabilities in 1 package"


def test_no_vulnerability_is_known() -> None:
    judgement = audit.judge(report(SOUND, OWN), "No known vulnerabilities found")
    assert judgement == (0, "no known vulnerability in 1 packages; unknown there: aacpy")


def test_a_known_vulnerability_fails_with_the_list() -> None:
    status, message = audit.judge(report(SOUND, KNOWN), FOUND)
    assert status == 1
    assert message.splitlines() == [
        "error: known vulnerabilities, 2 in 2 packages",
        "  pillow 10.2.0: PYSEC-1 (fixed in 10.3.0, 11.0.0)",
        "  pillow 10.2.0: PYSEC-2 (fixed in no version)",
    ]


def test_a_source_that_knows_no_package_has_not_answered() -> None:
    assert audit.judge(report(OWN, OWN), "No known vulnerabilities found").status is None
    assert audit.judge(report(), "No known vulnerabilities found").status is None


@pytest.mark.parametrize(
    "last",
    [
        "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.osv.dev', port=443): "
        "Max retries exceeded (Caused by NameResolutionError(...))",
        "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='a.example'): Read timed out.",
        "requests.exceptions.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        "pip_audit._service.interface.ServiceError",
        "ERROR:pip_audit._cli:Tip: your network may be blocking this service. Try another service "
        "with `-s SERVICE`",
    ],
)
def test_a_source_that_does_not_answer_is_no_finding(last: str) -> None:
    errors = f"Traceback (most recent call last):\n  ...\n{last}\n"
    assert audit.judge("", errors) == (None, last)


@pytest.mark.parametrize(
    ("output", "errors"),
    [
        ("", ""),
        ("", "No module named pip_audit"),
        ("", "pip-audit: error: unrecognized arguments: --no-such"),
        ("", "requests.exceptions.ConnectionError: ...\n\nduring which:\nTypeError: of its own"),
        ("[]", "No known vulnerabilities found"),
        ('{"dependencies": [{}]}', "No known vulnerabilities found"),
        ("{", "cut off"),
    ],
)
def test_any_other_failure_is_an_error(output: str, errors: str) -> None:
    status, message = audit.judge(output, errors)
    assert status == 2
    assert message.startswith("error: pip-audit failed")


def test_the_second_source_is_asked_where_the_first_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"pypi": audit.Judgement(None, "away"), "osv": audit.Judgement(1, "error: one")}
    monkeypatch.setattr(audit, "ask", lambda service, options: answers[service])
    assert audit.main([]) == 1
    assert capsys.readouterr().out == "error: one\n"
    answers["osv"] = audit.Judgement(None, "away too")
    assert audit.main([]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("not audited")
    assert "pypi: away; osv: away too" in line


def distribution(folder: Path, metadata: str, licence: str | None = None) -> Distribution:
    info = folder / "p-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: p\nVersion: 1\n{metadata}\n")
    if licence is not None:
        (info / "LICENSE").write_text(licence)
    names = (f"{info.name}/{file.name},," for file in info.iterdir())
    (info / "RECORD").write_text("\n".join(names))
    return Distribution.at(info)


@pytest.mark.parametrize(
    ("metadata", "file", "expected"),
    [
        ("License-Expression: MIT-CMU", "", "MIT-CMU"),
        ("License-Expression: MIT AND PSF-2.0\nLicense: BSD", "", "MIT AND PSF-2.0"),
        ("License-Expression: LicenseRef-NVIDIA-Proprietary", "", licences.NVIDIA),
        ("License: BSD 3-Clause License", "MIT License", "BSD-3-Clause"),
        ("License: Apache License, Version 2.0", "", "Apache-2.0"),
        ("License: Copyright (c) 2015\nClassifier: License :: OSI Approved :: BSD License",
         "", "BSD"),
        ("Classifier: License :: OSI Approved :: Apache Software License\n"
         "Classifier: License :: OSI Approved :: BSD License", "", "Apache-2.0 or BSD"),
        ("License: UNKNOWN", "MIT License\n\nCopyright (c) 2022", "MIT"),
        ("", "All rights reserved", licences.UNKNOWN),
        ("", None, licences.UNKNOWN),
    ],
)  # fmt: skip
def test_a_licence_is_found(tmp_path: Path, metadata: str, file: str | None, expected: str) -> None:
    assert licences.licence(distribution(tmp_path, metadata, file)) == expected


def test_a_homepage_is_found(tmp_path: Path) -> None:
    urls = "Project-URL: Source, https://b.example\nProject-URL: Homepage, https://a.example"
    (tmp_path / "stated").mkdir()
    stated = distribution(tmp_path / "stated", urls)
    assert licences.homepage(stated) == "https://a.example"
    assert licences.linked("p", stated) == "[p](https://a.example)"
    silent = distribution(tmp_path, "")
    assert licences.homepage(silent) is None
    assert licences.linked("p", silent) == "p"


def test_every_requirement_is_listed_with_a_compatible_licence() -> None:
    rows = re.findall(r"^\| \[?([\w-]+)(?:\]\(http\S+\))? \| (.+?) \| (.+?) \|$",
                      licences.PAGE.read_text("utf-8").partition("## What these")[0],
                      flags=re.MULTILINE)  # fmt: skip
    expected = {requirement.name: requirement.topic.lower() for requirement in direct()}
    assert rows[:2] == [("package", "licence", "what for"), ("---", "---", "---")]
    assert {name: topic for name, _, topic in rows[2:]} == expected
    for name, stated, _ in rows[2:]:
        assert set(stated.split(" AND ")) <= COMPATIBLE, name


def test_the_page_is_made_anew_around_what_is_written_by_hand() -> None:
    try:
        text = licences.page(f"{licences.BY_HAND}\n\nkept\n")
    except PackageNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    assert text.endswith(f"\n\n{licences.BY_HAND}\n\nkept\n")
    headings = [line for line in licences.PAGE.read_text("utf-8").splitlines() if line[:1] == "#"]
    assert headings == [line for line in text.splitlines() if line[:1] == "#"]
