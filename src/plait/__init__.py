"""plait: one script, two engines.

`connect()` opens a `Session`; everything else is what sessions hand out. Importing this
package loads neither Spark nor Ray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plait.errors import PlaitError
    from plait.models.manifest import ModelVersion
    from plait.models.store import ModelStore
    from plait.session import Session, connect
    from plait.settings import Settings
    from plait.table import RunResult, Table

__version__ = "0.1.0"
__all__ = [
    "ModelStore",
    "ModelVersion",
    "PlaitError",
    "RunResult",
    "Session",
    "Settings",
    "Table",
    "__version__",
    "connect",
]

_HOME = {
    "ModelStore": "plait.models.store",
    "ModelVersion": "plait.models.manifest",
    "PlaitError": "plait.errors",
    "RunResult": "plait.table",
    "Session": "plait.session",
    "Settings": "plait.settings",
    "Table": "plait.table",
    "connect": "plait.session",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'plait' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
