"""PythonAlg: each group is one run of the user's script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plait.errors import OptionError, suggestion
from plait.estimators import prediction
from plait.estimators.base import (
    ApplyRequest,
    FitRequest,
    GroupFailure,
    GroupFolders,
    GroupTask,
    Provenance,
)
from plait.estimators.script_task import script_task
from plait.plan.python_alg import PythonProgram
from plait.plan.python_code import metric_names
from plait.plan.steps import Fit
from plait.plan.training import Group
from plait.worker.messages import FailedGroup, GroupRequest

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.exchange.ray_table import RayTable


class PythonAlg:
    """See `Estimator`."""

    def check(self, step: Fit, schema: pa.Schema | None, *, same_python: bool) -> None:  # noqa: ARG002
        """Raise OptionError for a metric that the scripts, as they are written, never log."""
        if step.metric is None:
            return
        logged = metric_names(_program(step).scripts)
        if logged and step.metric.name not in logged:
            raise OptionError(
                f"the scripts never log the metric '{step.metric.name}', which is to rank the "
                "groups",
                span=step.span,
                hint=suggestion(step.metric.name, sorted(logged))
                or f"they log: {', '.join(sorted(logged))}",
            )

    def task(
        self, request: FitRequest, group: Group, folders: GroupFolders
    ) -> GroupTask[GroupRequest]:
        """The script, with the group's parameters."""
        program = _program(request.step)
        return script_task(
            request,
            group,
            folders,
            program.scripts,
            program.entry_point,
            system_params=dict(program.system_params),
            file_format=program.file_format,
            keep_work=program.keep_local_directory,
        )

    def keeps_work(self, step: Fit) -> bool:
        """As the option `keepLocalDirectory` says."""
        return _program(step).keep_local_directory

    def failure(self, answer: FailedGroup) -> GroupFailure:
        """The script's exception with its line, and its traceback."""
        line = answer.get("line")
        message = f"{answer['error']} (line {line})" if line else answer["error"]
        return GroupFailure(message, answer.get("traceback"))

    def provenance(self, step: Fit, group: Group) -> Provenance:
        """The group's parameters, the scripts and the one that was run."""
        program = _program(step)
        scripts = {code.name: code.text for code in program.scripts}
        return Provenance(dict(group.params), scripts, program.entry_point)

    def apply(self, request: ApplyRequest) -> RayTable:
        """By the saved model, batch by batch."""
        return prediction.apply(request)


def _program(step: Fit) -> PythonProgram:
    assert isinstance(step.own, PythonProgram)
    return step.own
