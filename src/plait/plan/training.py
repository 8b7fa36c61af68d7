"""What a training is given and asks for, in whichever step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Resources:
    """What one Python task asks of Ray; fractions are allowed.

    memory: bytes, used for placement. custom: further resource names with amounts.
    """

    num_cpus: float = 1.0
    num_gpus: float = 0.0
    memory: int | None = None
    custom: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.num_cpus:g} CPU"]
        if self.num_gpus:
            parts.append(f"{self.num_gpus:g} GPU")
        if self.memory:
            parts.append(f"{self.memory / 2**20:.0f} MiB")
        parts.extend(f"{amount:g} {name}" for name, amount in self.custom)
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Group:
    """One parameter group: `fitParam.N.*` without its prefix."""

    index: int
    params: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The column that a model answers, as far as the text of its training shows it.

    certain: whether it cannot answer any other columns.
    """

    column: str
    certain: bool


class EstimatorOptions:
    """What one estimator alone is given for a training: a frozen dataclass of its own."""

    __slots__ = ()

    def answer(self) -> Answer | None:
        """What the model will answer; None where nothing of the statement shows it."""
        return None


@dataclass(frozen=True, slots=True)
class Metric:
    """Which logged metric ranks the groups, and whether more is better."""

    name: str
    mode: Literal["max", "min"]
