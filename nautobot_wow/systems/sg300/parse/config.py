"""The running configuration, as far as it says what no table does: full names of VLANs, and members of port channels.

It is a language with hundreds of commands, and holds passwords and keys. Only the blocks of interfaces and the list of
VLANs are looked at; of these only the commands below, and nothing else of it is kept or shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ....errors import ParseError
from .answer import lines_of_config
from .ports import NAME, VLAN, of_long_name, to_vids

CONFIG = "show running-config"
HEADER = "config-file-header"
INTERFACE = re.compile(r"interface (?P<name>\S.*)")
VLAN_LIST = re.compile(r"vlan (?P<vids>\d[\d,-]*)(?: name \S.*)?")
NAMED = re.compile(r'name (?P<name>".*"|\S.*)')
DESCRIBED = re.compile(r'description (?P<text>".*"|\S.*)')
CHANNEL = re.compile(r"channel-group (?P<number>\d{1,2})(?: mode \w+)?")


@dataclass(frozen=True)
class RunningConfig:
    """What was read of the configuration. `vids` are the VLANs that somebody made: not the default one."""

    vlan_names: dict[int, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    channel_of: dict[str, str] = field(default_factory=dict)
    vids: frozenset[int] = frozenset()


def parse_config(text: str) -> RunningConfig:
    """Return what the configuration says of VLANs and ports. Raises ParseError for what does not begin as one."""
    lines = [line.strip() for line in lines_of_config(CONFIG, text)]
    if HEADER not in lines[:5]:
        # Nothing of it is quoted: it may be a part of a configuration, with passwords.
        raise ParseError(f"{CONFIG}: an answer of {len(lines)} lines is no configuration: that begins with {HEADER}")
    config = RunningConfig()
    vids: set[int] = set()
    block = ""
    for line in lines:
        if found := INTERFACE.fullmatch(line):
            block = of_long_name(found["name"]) or ""
        elif line == "vlan database":
            block = line
        elif line in ("exit", "!", ""):
            block = ""
        elif block == "vlan database" and (listed := VLAN_LIST.fullmatch(line)):
            vids |= to_vids(listed["vids"], CONFIG)
        elif block:
            _read(config, block, line)
    return RunningConfig(config.vlan_names, config.descriptions, config.channel_of, frozenset(vids))


def _read(config: RunningConfig, block: str, line: str) -> None:
    """Take what a command within the block of an interface says."""
    if (vlan := VLAN.fullmatch(block)) and (named := NAMED.fullmatch(line)):
        config.vlan_names[int(vlan["vid"])] = _unquoted(named["name"])
    elif NAME.fullmatch(block) and (described := DESCRIBED.fullmatch(line)):
        config.descriptions[block] = _unquoted(described["text"])
    elif NAME.fullmatch(block) and (channel := CHANNEL.fullmatch(line)):
        config.channel_of[block] = f"Po{channel['number']}"


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
