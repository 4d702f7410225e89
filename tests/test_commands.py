"""The commands that README.md and CI name do what they say."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.kernel.client import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
JUPYTER_FOLDERS = ("CONFIG", "DATA", "RUNTIME")
# Without the outer make's flags: these tests mostly run within `make test`.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def make(*arguments: str) -> str:
    """Run make to its end and return what it printed."""
    done = subprocess.run(
        ["make", *arguments], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout


@contextlib.contextmanager
def running(log: Path, environment: dict[str, str], *arguments: str) -> Iterator[None]:
    """Run make for as long as the block lasts, with its output in `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", *arguments],
            cwd=ROOT,
            env={**ENVIRONMENT, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def test_make_alone_explains_every_target() -> None:
    listed = set(re.findall(r"^make (\w+)", make(), re.MULTILINE))
    assert {"help", "lesson", "test", "check", "bench"} <= listed
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    assert listed == set(phony[1].split()) - {"browser"}


def test_make_lesson_opens_the_first_lesson_in_jupyterlab(tmp_path: Path) -> None:
    opened = tmp_path / "opened.html"
    browser = tmp_path / "browser"
    # Jupyter gives the browser a page that leads to the address; file:///tmp/... -> /tmp/...
    browser.write_text(f'#!/bin/sh\ncp "${{1#file://}}" {opened}.part\nmv {opened}.part {opened}\n')
    browser.chmod(0o755)
    environment = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in JUPYTER_FOLDERS}
    environment["BROWSER"] = str(browser)
    log = tmp_path / "log"
    flags = "--ip=127.0.0.1 --IdentityProvider.token=lesson"
    with running(log, environment, "lesson", f"LESSON_FLAGS={flags}"):
        deadline = time.monotonic() + PATIENCE
        while not opened.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert opened.exists(), log.read_text(encoding="utf-8")
        address = re.search(r"http://127\.0\.0\.1:(\d+)/doc/tree/([^?\"]+)", opened.read_text())
        assert address is not None
        assert address[2] == "01_crop_yields.ipynb"
        connection = HTTPConnection("127.0.0.1", int(address[1]), timeout=PATIENCE)
        headers = {"Authorization": "token lesson"}
        connection.request("GET", f"/api/contents/{address[2]}", headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        assert b"crop_yields" in response.read()
        connection.request("GET", f"/doc/tree/{address[2]}", headers=headers)
        page = connection.getresponse().read().decode()
        (config,) = re.findall(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)
        off = json.loads(config)["disabledExtensions"]
        assert "@jupyterlab/apputils-extension:announcements" in off, "no news over the lesson"
        connection.close()


@pytest.mark.parametrize(
    ("fails", "ran"), [("test", ["test"]), ("matrix", ["test", "matrix"]), ("", ["test", "matrix"])]
)
def test_ci_runs_make_test_and_then_make_matrix(fails: str, ran: list[str], tmp_path: Path) -> None:
    stub = tmp_path / "make"
    words = f'#!/bin/sh\necho "$PWD: make $*"\nif [ "$*" = "{fails}" ]; then exit 7; fi\n'
    stub.write_text(words, encoding="utf-8")
    stub.chmod(0o755)
    done = subprocess.run(
        ["bash", ROOT / ".ci" / "run"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [f"{ROOT}: make {target}" for target in ran]
    assert done.returncode == (7 if fails else 0)


@pytest.mark.parametrize("target", ["test", "matrix"])
def test_a_pass_that_fails_hides_no_other_and_fails_the_whole(target: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/ran\nexit 1\n', encoding="utf-8")
    python.chmod(0o755)
    targets = ("check", "browser", "engines", "lanes", "environments")
    made = [f"--assume-old={one}" for one in targets]
    with pytest.raises(subprocess.CalledProcessError):
        make(f"PY={python}", *made, target)
    ran = (tmp_path / "ran").read_text(encoding="utf-8").splitlines()
    assert len(ran) == {"test": 2, "matrix": 9}[target]


def test_each_test_is_in_make_test_or_in_make_matrix() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (test,) = re.findall(r'^test-here:\n.*-m "(.+)"$', makefile, re.MULTILINE)
    (matrix,) = re.findall(r'^matrix-here:\n.*-m "(.+)"$', makefile, re.MULTILINE)
    assert test == "not matrix"
    assert "matrix" in matrix.split(" or ")


@pytest.mark.process
@pytest.mark.matrix
def test_a_worker_that_is_killed_fails_the_run_and_hangs_it_not(tmp_path: Path) -> None:
    (flags,) = re.findall(r"^PYTEST_FLAGS \?= (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    conftest = "from tests.conftest import FromBothEnds, pytest_xdist_make_scheduler\n"
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for number in range(6):
        killed = "import os\ndef test_it(): os.kill(os.getpid(), 9)\n" if number == 3 else ""
        (tmp_path / f"test_{number}.py").write_text(f"def test_one(): pass\n{killed}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *flags.replace("$(WORKERS)", "3").split()],
        cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * PATIENCE,
    )
    assert done.returncode == 1, done.stdout
    assert re.search(r"worker 'gw\d' crashed while running 'test_3.py::test_it'", done.stdout)


def test_an_old_python_is_refused_in_words(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    arguments = [f"PYTHON={old}", f"VENV={tmp_path / 'venv'}", "lesson"]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        make(*arguments)
    assert "Python 3.11 or newer is needed" in refused.value.stderr
