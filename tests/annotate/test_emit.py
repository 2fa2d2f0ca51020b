"""What is printed for other schedulers: every argument arrives as it was given, and nothing secret is in it."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mmdata.annotate.emit import FORMS, Order, emit, name_of
from mmdata.cli.annotate_schedule import schedule
from mmdata.schemas.errors import ConfigError

from .canary import leaked
from .server import CANARY

words = st.text(
    st.one_of(st.sampled_from("""'"`\\%$ ;&|<>(){}[]*?#!~=\n\t-"""), st.characters(exclude_characters="\0")),
    max_size=25,
)
tricky = [
    "$(touch x) `id` $HOME ${PATH} $$",
    "%h %% %n 100%",
    "a\\% b\\\\% \\",
    "${{ secrets.LABEL_STUDIO_API_KEY }} $${{ x",
    "$(HOME) $$(HOME)",
    "- yes: no # 'x' \"y\"",
    "; rm -rf x",
    "",
    "街 é \u2028 \x85",
]


def order(*arguments: str, times: str = "0 2 * * *") -> Order:
    from mmdata.annotate.schedule_times import cron

    return Order("mmdata-x", ("/usr/bin/python3", "-P"), ("annotate", *arguments), cron(times))


def words_of_systemd(line: str) -> list[str]:
    """A line of words in double quotes by systemd's rules: escapes as in C, `%%` and `$$`."""
    found = []
    for body in re.findall(r'"((?:[^"\\]|\\.)*)"(?: |$)', line, re.DOTALL):
        raw = re.sub(
            rb"\\(x[0-9a-f]{2}|.)",
            lambda m: bytes([int(m[1][1:], 16)]) if m[1][:1] == b"x" else m[1],
            body.encode(),
        )
        text = raw.decode()
        assert not re.search(r"%", text.replace("%%", ""))
        assert not re.search(r"\$", text.replace("$$", ""))
        found.append(text.replace("%%", "%").replace("$$", "$"))
    return found


def words_of_cron(line: str) -> list[str]:
    """A crontab line by cron's rules, then the shell's: `\\%` is `%`, an open `%` would end the command."""
    command, escaped, text = line.split(" ", 5)[5], False, ""
    for character in command:
        if escaped:
            text = text[:-1] + "%" if character == "%" else text + character
            escaped = False
            continue
        assert character != "%"
        escaped = character == "\\"
        text += character
    printing = f'for word in {text}; do printf "%s\\0" "$word"; done'
    done = subprocess.run(["sh", "-c", printing], check=False, capture_output=True)
    assert done.returncode == 0 and done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def words_of_github(text: str) -> list[str]:
    """The step's line by GitHub's rules, then the shell's."""
    line = yaml.safe_load(text)["jobs"]["pull"]["steps"][0]["run"]
    assert set(re.findall(r"\$\{\{(.*?)\}\}", line, re.DOTALL)) <= {" '${{' "}
    return shlex.split(line.replace("${{ '${{' }}", "${{"))


def words_of_kubernetes(text: str) -> list[str]:
    """A container's command by Kubernetes' rules: `$$` is `$`, `$(NAME)` would be replaced."""
    pod = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    command: list[str] = pod["containers"][0]["command"]
    assert not any("$" in each.replace("$$", "") for each in command)
    return [each.replace("$$", "$") for each in command]


def line_of(text: str, start: str) -> str:
    return next(line for line in text.split("\n") if line.startswith(start))


READERS: dict[str, Callable[[str], list[str]]] = {
    "systemd": lambda text: words_of_systemd(line_of(text, "ExecStart=").removeprefix("ExecStart=")),
    "cron": lambda text: words_of_cron(line_of(text, "0 2 ")),
    "github": words_of_github,
    "kubernetes": words_of_kubernetes,
}


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=60)
@example(tricky)
@given(st.lists(words, max_size=4))
def test_every_argument_arrives_as_it_was_given(form: str, arguments: list[str]) -> None:
    asked = order(*arguments)
    try:
        text = emit(form, asked)  # type: ignore[arg-type]
    except ConfigError as error:
        broken = any("\n" in each or "\r" in each for each in arguments)
        not_text = any("\ud800" <= letter <= "\udfff" for each in arguments for letter in each)
        assert (form == "cron" and broken) or not_text, error
        return
    program = list(asked.program) if form in ("systemd", "cron") else ["mmdata"]
    assert READERS[form](text) == [*program, *asked.arguments]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    asked = Order("mmdata-x", (sys.executable,), ("annotate", *tricky), order(times="*/15 9-17 1 * mon").times)
    text = emit("systemd", asked)
    assert text.count("OnCalendar=") == 2  # cron is content with either kind of day
    names = []
    for name, content in re.findall(r"# File (\S+)\n(.*?)(?=\n# File |\Z)", text, re.DOTALL):
        (tmp_path / name).write_text(content, encoding="utf-8")
        names.append(str(tmp_path / name))
    assert len(names) == 2
    command = ["systemd-analyze", "verify", "--man=no", *names]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "mmdata" in line]
    assert ours == []


def test_times_that_a_form_cannot_say_are_refused() -> None:
    from mmdata.annotate.schedule_times import every

    odd = Order("x", (), (), every("7m"))
    assert "OnUnitActiveSec=420s" in emit("systemd", odd)
    for form in ("cron", "github", "kubernetes"):
        with pytest.raises(ConfigError, match="cannot be said"):
            emit(form, odd)
    berlin = Order("x", (), (), order().times, ZoneInfo("Europe/Berlin"))
    with pytest.raises(ConfigError, match="GitHub's schedules are UTC"):
        emit("github", berlin)
    assert yaml.safe_load(emit("kubernetes", berlin))["spec"]["timeZone"] == "Europe/Berlin"
    assert "*-*-* 02:00:00 Europe/Berlin\n" in emit("systemd", berlin)
    assert "\nCRON_TZ=Europe/Berlin\n0 2 * * * " in emit("cron", berlin)


def test_a_command_that_cron_would_cut_is_refused() -> None:
    with pytest.raises(ConfigError, match="cron takes 998"):
        emit("cron", order("x" * 1000))


@given(st.text(max_size=60))
def test_names_are_plain(text: str) -> None:
    assert re.fullmatch(r"mmdata-[a-z0-9]([a-z0-9-]*[a-z0-9])?", name_of(Path(text or "x")))


@pytest.mark.parametrize("form", FORMS)
def test_the_command_prints_no_token(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", CANARY + "01234567")
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:8080")
    token = tmp_path / "a.token"
    token.write_text(CANARY + "01234567", encoding="ascii")
    token.chmod(0o600)
    store, recipe = tmp_path / "st o're", tmp_path / "recipe.yaml"
    arguments = [f"--emit={form}", "--cron=0 2 * * *", f"--out={store}", f"--then={recipe}", f"--token-file={token}"]
    done = CliRunner().invoke(schedule, [*arguments, "birds"], catch_exceptions=False)
    assert done.exit_code == 0
    assert leaked(done.output) is None
    told = READERS[form](done.output)
    assert told[-2:] == ["--", "birds"]
    assert {f"--out={store}", f"--then={recipe}", f"--token-file={token}", "--once"} <= set(told)


def test_what_systemd_and_cron_need_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:8080")
    for form in ("systemd", "cron"):
        with pytest.raises(ConfigError, match="--token-file"):
            schedule.main([f"--emit={form}", "--every=15m", f"--out={tmp_path}", "birds"], standalone_mode=False)
