"""plait: one script, two engines.

`connect()` opens a `Session`; everything else is what sessions hand out. `sql()` is the
shortest way to a table, in a session that is made on first use. Importing this
package loads neither Spark nor Ray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plait.errors import PlaitError
    from plait.models.manifest import ModelVersion
    from plait.models.store import ModelStore
    from plait.session import Session, connect, default_session, sql
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
    "default_session",
    "sql",
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
    "default_session": "plait.session",
    "sql": "plait.session",
}


# What `%load_ext plait` looks for.
_EXTENSION = {"load_ipython_extension": "plait.notebook.extension"}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    home = _HOME.get(name) or _EXTENSION.get(name)
    if home is None:
        raise AttributeError(f"module 'plait' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(home), name)
