"""Load a model that plait saved. This file is copied into every model folder.

It stands alone, so that `mlflow.pyfunc.load_model` and plait open a model by the same code,
also a model of an older release.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Model:
    """The saved object, given exactly the columns that it was trained on."""

    def __init__(self, obj: Any, features: list[str] | None, vector: str | None) -> None:
        self.obj = obj
        self.features = features
        self.vector = vector

    def predict(self, model_input: Any, params: Any = None) -> Any:  # noqa: ARG002
        """What the saved object answers for the rows of `model_input`, a data frame.

        Raises KeyError for a column that is not there.
        """
        answer = self.obj.predict if hasattr(self.obj, "predict") else self.obj
        return answer(self._selected(model_input))

    def _selected(self, frame: Any) -> Any:
        wanted = [self.vector] if self.vector else self.features
        if wanted is None:
            return frame
        missing = [name for name in wanted if name not in frame.columns]
        if missing:
            raise KeyError(
                f"the model needs the column(s) {', '.join(missing)}; "
                f"there is: {', '.join(map(str, frame.columns))}"
            )
        if not self.vector:
            return frame[list(wanted)]
        import numpy

        return numpy.array(frame[self.vector].tolist(), dtype=float)


def _load_pyfunc(path: str) -> Model:
    """The model in the folder `path` (the `data` folder of the model's folder)."""
    import cloudpickle

    folder = Path(path)
    about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    with (folder / "model.pkl").open("rb") as file:
        obj = cloudpickle.load(file)
    return Model(obj, about["features"], about["vector"])
