"""The set-up with invented interpreters: small shell scripts that answer like Python, venv and pip."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.setup import bootstrap, interpreters

FAKE = """#!/bin/sh
echo "{name} $*" >> "{calls}"
case "$1 $2" in
  "-c import sys"*) echo {version} | tr . ' '; echo "$0" ;;
  "-c import ensurepip"*) exit {without_venv} ;;
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip") echo "pip says: no such package"; test ! -e "{broken}" ;;
  *) exit 2 ;;
esac
"""


class Machine:
    """A machine with a PATH, a home and a project of its own."""

    def __init__(self, room: Path) -> None:
        self.bin, self.home, self.root = room / "bin", room / "home", room / "project"
        self.calls, self.broken = room / "calls", room / "pip-is-broken"
        for folder in (self.bin, self.home, self.root / "requirements"):
            folder.mkdir(parents=True)
        for tool in ("sh", "tr", "cp", "mkdir"):
            found = shutil.which(tool)
            assert found
            (self.bin / tool).symlink_to(found)
        self.environ = {"PATH": str(self.bin), "HOME": str(self.home)}
        for name in ("platform", "dialogue", "test"):
            self.lock(name, f"{name}-package==1.0\n")
        (self.root / "pyproject.toml").write_text("[project]\nname = 'x'\n")

    def lock(self, name: str, text: str) -> None:
        (self.root / "requirements" / f"{name}.lock").write_text(text)

    def python(self, path: str, version: str, without_venv: bool = False) -> Path:
        place = self.bin / path
        place.parent.mkdir(parents=True, exist_ok=True)
        script = FAKE.format(
            name=place.name, calls=self.calls, version=version, without_venv=int(without_venv), broken=self.broken
        )
        return self.program(path, script)

    def program(self, path: str, script: str) -> Path:
        place = self.bin / path
        place.write_text(script)
        place.chmod(0o755)
        return place

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def pip_calls(self) -> list[str]:
        return [line for line in self.called() if "-m pip" in line]

    def stamp(self, runtime: str) -> dict[str, str]:
        return bootstrap.read_stamp(str(self.root), runtime)

    def set_up(self, *runtimes: str, test: bool = False) -> None:
        bootstrap.bootstrap(str(self.root), list(runtimes) or list(bootstrap.RUNTIMES), test)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(interpreters, "OPT", str(tmp_path / "opt"))
    for name in ("PYENV_ROOT", "TTHC_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    return made


def test_the_tried_version_comes_before_newer_ones(machine: Machine) -> None:
    machine.python("python3", "3.13.1")
    wanted = machine.python("python3.11", "3.11.9")
    assert interpreters.find("platform", machine.environ) == interpreters.Interpreter(str(wanted), "3.11.9")


def test_a_newer_version_is_taken_where_it_is_the_only_one(machine: Machine) -> None:
    machine.python("python3", "3.12.4")
    assert interpreters.find("platform", machine.environ).version == "3.12.4"


def test_a_shim_that_does_not_run_is_passed_over(machine: Machine, tmp_path: Path) -> None:
    machine.program("python3.10", "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n")
    real = machine.python("../pyenv/versions/3.10.13/bin/python", "3.10.13")
    found = interpreters.find("dialogue", {**machine.environ, "PYENV_ROOT": str(tmp_path / "pyenv")})
    assert (Path(found.path).resolve(), found.version) == (real.resolve(), "3.10.13")


def test_pyenv_of_the_home_folder_and_of_opt_are_looked_through(machine: Machine, tmp_path: Path) -> None:
    machine.python("../home/.pyenv/versions/3.10.4/bin/python", "3.10.4")
    machine.python("../opt/pyenv/versions/3.11.4/bin/python", "3.11.4")
    assert interpreters.find("dialogue", machine.environ).version == "3.10.4"
    assert interpreters.find("platform", machine.environ).version == "3.11.4"


def test_a_program_that_lies_about_its_name_is_not_taken(machine: Machine) -> None:
    machine.python("python3.10", "3.9.2")
    with pytest.raises(interpreters.NoInterpreter):
        interpreters.find("dialogue", machine.environ)


def test_what_to_install_is_said_plainly(machine: Machine) -> None:
    with pytest.raises(interpreters.NoInterpreter) as caught:
        interpreters.find("dialogue", machine.environ)
    text = str(caught.value)
    assert "needs Python 3.10 exactly" in text
    for line in ("apt install python3.10 python3.10-venv", "pyenv install 3.10", "uv python install 3.10"):
        assert line in text


def test_a_debian_python_without_venv_is_named_with_its_package(machine: Machine) -> None:
    machine.python("python3.11", "3.11.2", without_venv=True)
    with pytest.raises(interpreters.NoInterpreter, match=r"apt install python3\.11-venv"):
        interpreters.find("platform", machine.environ)


def test_uv_is_asked_and_installs_when_nothing_else_is_there(machine: Machine, tmp_path: Path) -> None:
    hidden = machine.python("../uv/python3.10", "3.10.18")
    flag = tmp_path / "installed"
    machine.program(
        "uv",
        f'#!/bin/sh\ncase "$2" in install) echo > "{flag}" ;; find) test -e "{flag}" && echo "{hidden}" ;; esac\n',
    )
    with pytest.raises(interpreters.NoInterpreter):
        interpreters.find("dialogue", machine.environ, install=False)
    assert interpreters.find("dialogue", machine.environ).version == "3.10.18"
    assert interpreters.find("dialogue", machine.environ, install=False).version == "3.10.18"


@pytest.fixture
def ready(machine: Machine) -> Machine:
    machine.python("python3.11", "3.11.7")
    machine.python("python3.10", "3.10.13")
    machine.set_up()
    return machine


def test_both_environments_are_made_from_their_lock_files(ready: Machine) -> None:
    for runtime, version in (("platform", "3.11.7"), ("dialogue", "3.10.13")):
        assert ready.stamp(runtime)["python"] == version
        assert bootstrap.is_current(str(ready.root), runtime, test=False)
        assert any(line.endswith(f"-r {ready.root}/requirements/{runtime}.lock") for line in ready.pip_calls())
    assert sum("--no-deps" in line and line.endswith(f"-e {ready.root}") for line in ready.pip_calls()) == 2


def test_a_second_run_starts_no_program(ready: Machine) -> None:
    before = ready.called()
    ready.set_up()
    assert ready.called() == before


def test_a_changed_lock_file_installs_again_in_the_same_environment(ready: Machine) -> None:
    ready.calls.unlink()
    ready.lock("platform", "platform-package==2.0\n")
    ready.set_up()
    assert not any("-m venv" in line for line in ready.called())
    assert len(ready.pip_calls()) == 2
    assert bootstrap.is_current(str(ready.root), "platform", test=False)


def test_the_test_tools_are_added_once_and_then_kept(ready: Machine) -> None:
    ready.set_up(test=True)
    both = f"platform.lock -r {ready.root}/requirements/test.lock"
    assert any(line.endswith(both) for line in ready.called())
    before = ready.called()
    ready.set_up()
    ready.set_up(test=True)
    assert ready.called() == before


def test_only_one_environment(machine: Machine) -> None:
    machine.python("python3.10", "3.10.13")
    machine.set_up("dialogue")
    assert machine.stamp("dialogue")
    assert not (machine.root / ".venv/platform").exists()


def test_an_interrupted_installation_is_made_anew(ready: Machine) -> None:
    environment = ready.root / ".venv/platform"
    (environment / bootstrap.UNFINISHED).touch()
    (environment / "half-a-package").touch()
    ready.set_up()
    assert not (environment / "half-a-package").exists()
    assert bootstrap.is_current(str(ready.root), "platform", test=False)


def test_a_failing_installation_shows_the_end_of_its_log_and_is_repaired_later(machine: Machine) -> None:
    machine.python("python3.11", "3.11.7")
    machine.broken.touch()
    with pytest.raises(bootstrap.Failed, match="no such package"):
        machine.set_up("platform")
    assert not machine.stamp("platform")
    machine.broken.unlink()
    machine.set_up("platform")
    assert machine.stamp("platform")["python"] == "3.11.7"


def test_an_environment_that_was_moved_or_lost_its_python_is_made_anew(ready: Machine) -> None:
    moved = ready.root.with_name("elsewhere")
    ready.root.rename(moved)
    ready.root = moved
    ready.set_up("platform")
    assert ready.stamp("platform")["place"] == str(moved / ".venv/platform")
    (moved / ".venv/platform/bin/python").unlink()
    assert not bootstrap.is_current(str(moved), "platform", test=False)
    ready.set_up("platform")
    assert bootstrap.is_current(str(moved), "platform", test=False)


def test_a_damaged_stamp_counts_as_none(ready: Machine) -> None:
    (ready.root / ".venv/platform" / bootstrap.STAMP).write_text("{")
    assert ready.stamp("platform") == {}
    (ready.root / ".venv/platform" / bootstrap.STAMP).write_text(json.dumps(["no"]))
    assert ready.stamp("platform") == {}


def test_it_runs_without_anything_installed() -> None:
    asked = subprocess.run(
        [sys.executable, "-I", "-S", bootstrap.__file__, "--help"], capture_output=True, text=True, check=True
    )
    assert "--only" in asked.stdout
