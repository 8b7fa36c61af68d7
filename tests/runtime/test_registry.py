"""Which tables a session's registry keeps, and which it hands over to be released."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest

from plait.errors import Span
from plait.plan.scope import Scope
from plait.plan.steps import Plan, Query, TableRef
from plait.runtime.state import TableRegistry


@pytest.fixture
def registry() -> TableRegistry:
    return TableRegistry()


def bound(registry: TableRegistry, run: str, *names: str) -> list[TableRef]:
    """Tables that a run binds to names and defines one over the other."""
    before = registry.begin(run)
    after = before.copy()
    refs: list[TableRef] = []
    for name in names:
        refs.append(after.bind(name))
        registry.use(run, plan_of(refs[-1]))
        registry.define(refs[-1], over=refs[-2:-1])
    registry.merge(before, after)
    return refs


def plan_of(ref: TableRef) -> Plan:
    return Plan((Query(id=1, span=Span("s", 1, 1), outputs=(ref,), sql="select 1"),))


def released(registry: TableRegistry, run: str) -> set[TableRef]:
    return {record.ref for record in registry.end(run)}


def test_a_rebound_table_is_released_unless_another_reads_it(registry: TableRegistry) -> None:
    t1, u1 = bound(registry, "1", "t", "u")
    assert released(registry, "1") == set()
    (t2,) = bound(registry, "2", "t")
    assert released(registry, "2") == set(), "u reads the first t"
    (u2,) = bound(registry, "3", "u")
    assert released(registry, "3") == {t1, u1}
    assert registry.names().tables == {"t": t2, "u": u2}


def test_a_computed_table_no_longer_keeps_what_it_was_made_of(registry: TableRegistry) -> None:
    t, u = bound(registry, "1", "t", "u")
    registry.define(u)  # from its files
    bound(registry, "2", "t")
    assert released(registry, "2") == set(), "the first run goes on"
    assert released(registry, "1") == {t}


def test_a_handle_keeps_its_table_and_what_that_reads(registry: TableRegistry) -> None:
    t, u = bound(registry, "1", "t", "u")
    handle = registry.handle(TableRef(u.name, u.version, "ray"))
    assert handle is registry.handle(u), "one binding, on whichever side"
    registry.end("1")
    bound(registry, "2", "t", "u")
    assert released(registry, "2") == set()
    del handle
    gc.collect()
    registry.begin("3")
    assert released(registry, "3") == {t, u}


def test_a_run_that_goes_on_keeps_the_tables_that_it_began_with(registry: TableRegistry) -> None:
    (t,) = bound(registry, "1", "t")
    registry.end("1")
    registry.begin("slow")
    bound(registry, "2", "t")
    assert released(registry, "2") == set()
    assert released(registry, "slow") == {t}


def test_what_a_failed_run_made_is_released(registry: TableRegistry) -> None:
    names = registry.begin("1")
    ref = names.bind("t")
    registry.use("1", plan_of(ref))
    registry.define(ref)
    registry[ref].folder = "/lake/t"
    ended = registry.end("1")
    assert [(record.ref, record.folder, record.views) for record in ended] == [(ref, "/lake/t", 1)]
    assert registry.names().tables == {}


def test_a_folder_is_removed_with_the_last_table_in_it(registry: TableRegistry) -> None:
    (t,) = bound(registry, "1", "t")
    (u,) = bound(registry, "2", "u")
    registry[t].folder = registry[u].folder = "/lake/t"
    registry.end("1")
    registry.end("2")
    bound(registry, "3", "u")
    assert [record.folder for record in registry.end("3")] == [None]
    bound(registry, "4", "t")
    assert [record.folder for record in registry.end("4")] == ["/lake/t"]


def test_a_view_is_outdated_when_one_below_it_was_made_anew(registry: TableRegistry) -> None:
    t, u, v = bound(registry, "1", "t", "u", "v")
    assert not any(map(registry.outdated, (t, u, v)))
    registry.define(t)
    assert [registry.outdated(ref) for ref in (t, u, v)] == [False, True, False]
    registry.define(u, over=[t])
    assert [registry.outdated(ref) for ref in (t, u, v)] == [False, False, True]


def test_what_two_runs_bind_and_unbind_is_merged(registry: TableRegistry) -> None:
    bound(registry, "0", "a", "b")
    one, other = registry.begin("1"), registry.begin("2")
    after_one, after_other = one.copy(), other.copy()
    after_one.tables.pop("a")
    mine = after_one.bind("c")
    theirs = after_other.bind("b")
    registry.merge(one, after_one)
    registry.merge(other, after_other)
    assert registry.names().tables == {"b": theirs, "c": mine}


def test_no_number_is_given_twice() -> None:
    scope = Scope()
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: scope.copy().bind("t").version, range(400)))
    assert sorted(given) == list(range(1, 401))
    looked_at = scope.copy()
    looked_at.versions = looked_at.versions.copy()
    assert (looked_at.bind("t").version, scope.bind("t").version) == (401, 401)
