"""The configuration file of engramd-mqtt, and its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.errors import InvalidArgument
from engramd.mqtt.config import CREDENTIAL, Config, read_config

EXAMPLE = Path(__file__).parents[2] / "packaging/examples/mqtt.toml"


def written(folder: Path, *lines: str) -> Path:
    file = folder / "mqtt.toml"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_an_empty_file_means_the_broker_of_this_machine(tmp_path: Path) -> None:
    config = read_config(written(tmp_path), {})

    assert config == Config()
    assert (config.broker, config.password) == ("localhost:1883", "")


def test_with_tls_the_port_is_another_one(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, "tls = true"), {}).broker == "localhost:8883"
    assert read_config(written(tmp_path, "tls = true", "port = 1"), {}).broker == "localhost:1"


def test_the_password_is_the_line_of_a_file_or_a_credential_which_wins(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("p ä$$\n", "utf-8")
    file = written(tmp_path, 'user = "engramd"', f'password_file = "{secret}"')
    assert read_config(file, {}).password == "p ä$$"

    (tmp_path / CREDENTIAL).write_text("other", "utf-8")
    config = read_config(file, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert config.password == "other"
    assert "other" not in f"{config!r} {config}"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['password = "hunter2"'], "the password is not said here"),
        (['hosts = "x"'], "hosts is not known (known: host, port"),
        (['port = "1883"'], "port is a number"),
        (["port = true"], "port is a number"),
        (["port = 70000"], "port is from 0 to 65535"),
        (["tls = 1"], "tls is true or false"),
        (['host = ""'], "host is empty"),
        (['base_topic = "a/#"'], "base_topic is a topic without"),
        (['base_topic = "/a"'], "base_topic is a topic without"),
        (['discovery_prefix = "a/"'], "discovery_prefix is a topic without"),
        (['device_name = "a\\u0007"'], "device_name is one line"),
        (["progress_seconds = -1"], "progress_seconds is from 0 to 3600"),
        (['tls_ca_file = "ca.pem"'], "tls_ca_file is no absolute path"),
        (['tls_ca_file = "/ca.pem"'], "tls is not true"),
        (["tls = true", 'tls_key_file = "/key.pem"'], "belong together"),
        (['password_file = "/secret"'], "no user"),
        (["host ="], "cannot be read"),
    ],
)
def test_a_mistake_is_named(lines: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_config(written(tmp_path, *lines), {})
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"port is .*; tls is "):
        read_config(written(tmp_path, "port = 1.5", "tls = 1"), {})


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb\n", b"\xff\xfe", b"x" * 5000])
def test_a_password_file_that_holds_no_line_is_named_but_not_shown(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(content)
    file = written(tmp_path, 'user = "engramd"', f'password_file = "{tmp_path / "secret"}"')
    with pytest.raises(InvalidArgument) as caught:
        read_config(file, {})
    assert str(tmp_path / "secret") in str(caught.value)
    assert "xxx" not in str(caught.value)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="No such file"):
        read_config(tmp_path / "nothing.toml", {})
    file = written(tmp_path, 'user = "engramd"', 'password_file = "/nonexistent/secret"')
    with pytest.raises(InvalidArgument, match="/nonexistent/secret"):
        read_config(file, {})


def test_the_example_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    shown = [line.removeprefix("#") for line in lines if line.startswith("#") and " = " in line]

    names = {line.partition(" ")[0] for line in shown}
    assert names == set(vars(Config())) - {"password"}
    assert read_config(written(tmp_path, *lines), {}) == Config()
    only_defaults = [line for line in shown if not line.startswith(("tls_", "user", "password_file"))]
    assert read_config(written(tmp_path, *only_defaults), {}) == Config(port=1883)
