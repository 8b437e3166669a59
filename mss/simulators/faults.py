"""Trouble on order: a script of faults that the faces look into before they answer."""

import re
import threading
from dataclasses import dataclass


@dataclass
class Fault:
    """What goes wrong, where and how often.

    `face` is graph, token, onex, telenor-id (with its sign-in page) or notify. `path` is a regular expression
    searched in the path and query (for notify: the subscription's resource; for a part of a One X `apply`: the
    key). `times` None: until cleared. `status`, `retry_after` (seconds) and `code` (Graph's error code; an AADSTS
    number at the token face; a rejection in a part of `apply`) make an error answer, `delay` (seconds) comes
    before it. `after_applying`: it is done, then answered as an error. `reset`: the connection breaks without an
    answer. `garbage`: 200 with half a JSON. `lose` and `double` are for notifications. `part`: only a single
    request of a `$batch`, or a single change of an `apply`.
    """

    face: str
    path: str = ""
    method: str | None = None
    times: int | None = 1
    status: int | None = None
    retry_after: int | None = None
    code: str | int | None = None
    delay: float = 0
    after_applying: bool = False
    reset: bool = False
    garbage: bool = False
    lose: bool = False
    double: bool = False
    part: bool = False

    def fits(self, face: str, method: str, path: str, part: bool) -> bool:
        return (
            (self.face, self.part) == (face, part)
            and self.method in (None, method)
            and re.search(self.path, path) is not None
        )


class Faults:
    """The script. The oldest fitting fault strikes first and is used up after `times`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._script: list[Fault] = []

    def __len__(self) -> int:
        return len(self._script)

    def add(self, face: str, path: str = "", **fields: object) -> Fault:
        """Order a fault. Raises TypeError for a field that `Fault` lacks, re.error for a bad pattern."""
        re.compile(path)
        fault = Fault(face, path, **fields)  # type: ignore[arg-type]  # checked by the dataclass
        with self._lock:
            self._script.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._script.clear()

    def strike(self, face: str, method: str, path: str, part: bool = False) -> Fault | None:
        """The fault this request meets, if any, used up by it."""
        with self._lock:
            fault = next((each for each in self._script if each.fits(face, method, path, part)), None)
            if fault and fault.times is not None:
                fault.times -= 1
                if fault.times < 1:
                    self._script.remove(fault)
            return fault

    def __getstate__(self) -> list[Fault]:
        return self._script

    def __setstate__(self, script: list[Fault]) -> None:
        self.__init__()  # type: ignore[misc]  # a lock cannot be pickled
        self._script = script
