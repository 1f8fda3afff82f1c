"""`torch.torch_version`: the version as a string that compares as a version does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from jaxtorch.version import __version__ as internal_version

__all__ = ["TorchVersion"]

# PEP 440, without epochs' and separators' rarer spellings.
_FORM = re.compile(
    r"\s*v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)(?:[-_.]?(?P<stage>alpha|beta|a|b|c|rc|preview|pre)[-_.]?(?P<pre>\d*))?"
    r"(?:-(?P<implicit>\d+)|[-_.]?post[-_.]?(?P<post>\d*))?(?:[-_.]?dev[-_.]?(?P<dev>\d*))?(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*",
    re.IGNORECASE,
)
_STAGES = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_LAST = (1,)  # after every stage and number


def _key(text: str) -> tuple | None:
    """What versions are ordered by; None for what is no version."""
    m = _FORM.fullmatch(text)
    if m is None:
        return None
    release = [int(n) for n in m["release"].split(".")]
    while release and release[-1] == 0:
        release.pop()
    stage, post, dev = m["stage"], m["implicit"] or m["post"], m["dev"]
    if stage is not None:
        pre: tuple = (0, _STAGES.get(stage.lower(), stage.lower()), int(m["pre"] or 0))
    else:
        pre = (-1,) if post is None and dev is not None else _LAST
    local = () if m["local"] is None else re.split("[-_.]", m["local"].lower())
    parts = tuple((1, int(p), "") if p.isdigit() else (0, 0, p) for p in local)
    after = -1 if post is None else int(post or 0)
    before = _LAST if dev is None else (0, int(dev or 0))
    return int(m["epoch"] or 0), tuple(release), pre, after, before, m["local"] is not None, parts


def _comparison(name: str) -> Callable:
    plain = getattr(str, name)

    def compare(self: TorchVersion, other: Any) -> Any:
        if not isinstance(other, str) and isinstance(other, Iterable):
            other = ".".join([str(part) for part in other])
        own, theirs = _key(str(self)), _key(str(other))
        if own is None or theirs is None:
            return plain(str(self), other)
        return getattr(own, name)(theirs)

    compare.__name__ = name
    return compare


class TorchVersion(str):
    """A string that compares by PEP 440 with strings, tuples and `packaging`'s versions.

    >>> TorchVersion("2.13.0") > "2.4", TorchVersion("2.13.0") >= (2, 13)
    (True, True)
    """

    __slots__ = ()  # `!=` stays that of strings, in PyTorch too
    __hash__ = str.__hash__
    __eq__ = _comparison("__eq__")
    __lt__ = _comparison("__lt__")
    __le__ = _comparison("__le__")
    __gt__ = _comparison("__gt__")
    __ge__ = _comparison("__ge__")


__version__ = TorchVersion(internal_version)
