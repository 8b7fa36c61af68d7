"""`* EXCEPT (…)`, and the columns that USING and NATURAL join, which Sail has only once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokens import TokenType

from plait.engines.sail.syntax.clauses import Edit, Query, Range, Select
from plait.engines.sail.syntax.relations import Relation, relations
from plait.engines.sail.syntax.rule import Ask, cannot, queried
from plait.lang.sqltext import quoted

_KEY = "a key of USING with its table's name"


def star_except(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:
    """The columns one by one."""
    for item in select.items:
        number = item.end - 1
        brackets = next((n for n in range(item.first, item.end) if n in query.closing), None)
        if brackets is None or query.word(brackets - 1) != "EXCEPT":
            continue
        if query.kind(brackets - 2) is not TokenType.STAR or query.closing[brackets] != number:
            continue
        star = query.text(Range(item.first, brackets - 1))
        source = select.clauses.get(TokenType.FROM)
        names = ask(queried(select, f"select {star} {query.text(source) if source else ''}"))
        gone = query.split(Range(brackets + 1, number))
        if names is None or any(one.end - one.first > 1 for one in gone):
            raise cannot("* EXCEPT", "the columns are not known before, or a field is left out")
        without = {query.tokens[one.first].text.lower() for one in gone}
        lower = [name.lower() for name in names]
        if len(set(lower)) < len(lower) or not without <= set(lower):
            raise cannot("* EXCEPT", "two columns have one name, or there is no such column")
        before = star[: star.rindex("*")]
        kept = [before + quoted(name) for name in names if name.lower() not in without]
        if not kept:
            raise cannot("* EXCEPT", "no column is left")
        return (query.edit(item, ", ".join(kept)),)
    return ()


def joined_keys(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:
    """`t.key` and `t.*` behind USING or NATURAL.

    Sail has the joined column once, without a table's name. Where a table's own key is not that
    column (the outer side of a join), the table gets its key a second time, by another name.
    """
    tables = relations(query, select)
    if not any(one.keys or one.natural for one in tables):
        return ()
    used = _references(query, select, tables)
    if not used:
        return ()
    columns = _columns(query, select, tables, ask)
    keys = _keys(tables, columns)
    wanted = {
        (query.tokens[n].text.lower(), query.tokens[n + 2].text.lower())
        for n in used
        if query.kind(n + 2) is not TokenType.STAR
    }
    starred = {query.tokens[n].text.lower() for n in used if query.kind(n + 2) is TokenType.STAR}
    shown = {(name, key) for name in starred for key in keys.get(name, ())}
    apart = {
        (one.name, key)
        for one in tables
        for key in keys.get(one.name, ())
        if (one.name, key) in wanted | shown
        and not (_is_joined(tables, one, keys, key) and _is_alone(key, keys, columns))
    }
    if not any(key in keys.get(name, ()) for name, key in wanted) and not shown:
        return ()
    edits = [edit for one in tables if (edit := _with_own_keys(query, one, apart)) is not None]
    edits += _bare_stars(query, select, ask) if apart else []
    for number in used:
        if (text := _reference(query, select, number, keys, apart, columns)) is not None:
            edits.append(query.edit(Range(number, number + 3), text))
    return edits


def _references(query: Query, select: Select, tables: Sequence[Relation]) -> list[int]:
    """Where `table.column` or `table.*` begins, outside the primaries of FROM."""
    inner: set[int] = set()
    whole = select.whole
    for one in tables:
        inner.update(range(one.primary.first, one.primary.end))
    names = {one.name for one in tables}
    return [
        number
        for number in range(whole.first, whole.end - 2)
        if number not in inner
        and query.is_name(number)
        and query.tokens[number].text.lower() in names
        and query.kind(number + 1) is TokenType.DOT
        and query.kind(number - 1) is not TokenType.DOT
        and (query.is_name(number + 2) or query.kind(number + 2) is TokenType.STAR)
    ]


def _columns(
    query: Query, select: Select, tables: Sequence[Relation], ask: Ask
) -> dict[str, tuple[str, ...]]:
    """Table → its columns, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for one in tables:
        names = ask(queried(select, f"select * from {query.text(one.whole)}"))
        if names is None or one.name in found:
            raise cannot(_KEY, "the columns are not known before")
        found[one.name] = names
    return found


def _lower(names: Sequence[str]) -> set[str]:
    return {name.lower() for name in names}


def _keys(
    tables: Sequence[Relation], columns: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Table → its columns that are joined by name, in lower case."""
    found: dict[str, set[str]] = {one.name: set() for one in tables}
    for number, one in enumerate(tables):
        if one.keys or one.natural:
            left = tables[:number]
            before = {name for other in left for name in _lower(columns[other.name])}
            keys = _lower(one.keys) or before & _lower(columns[one.name])
            for other in (*left, one):
                found[other.name] |= keys & _lower(columns[other.name])
    return {name: tuple(sorted(keys)) for name, keys in found.items()}


def _is_alone(
    key: str, keys: dict[str, tuple[str, ...]], columns: dict[str, tuple[str, ...]]
) -> bool:
    """Whether no table has a column of the key's name that is not joined by it."""
    return not any(
        key in _lower(names) and key not in keys[table] for table, names in columns.items()
    )


def _is_joined(
    tables: Sequence[Relation], table: Relation, keys: dict[str, tuple[str, ...]], key: str
) -> bool:
    """Whether a table's own key is the joined column itself."""
    for one in tables[1:]:
        if key not in keys.get(one.name, ()) or not (one.keys or one.natural):
            continue
        left = tables.index(table) < tables.index(one)
        if one.join == "INNER" or (one.join == "LEFT" and left):
            continue
        if one.join in ("SEMI", "ANTI") and left:
            continue
        if one.join == "RIGHT" and one is table:
            continue
        if tables.index(one) < tables.index(table):
            continue
        return False
    return True


def _with_own_keys(query: Query, table: Relation, apart: set[tuple[str, str]]) -> Edit | None:
    own = sorted(key for name, key in apart if name == table.name)
    if not own:
        return None
    added = ", ".join(f"{quoted(key)} as {_own_key(table.name, key)}" for key in own)
    inner = f"(select *, {added} from {query.text(table.whole)}) {quoted(table.name)}"
    return query.edit(table.whole, inner)


def _own_key(table: str, key: str) -> str:
    """The name of a table's own key, which NATURAL finds in no other table."""
    return quoted(f"__plait_{table}_{key}")


def _bare_stars(query: Query, select: Select, ask: Ask) -> list[Edit]:
    edits = []
    for item in select.items:
        if item.end - item.first == 1 and query.kind(item.first) is TokenType.STAR:
            source = query.text(select.clauses[TokenType.FROM])
            names = ask(queried(select, f"select * {source}"))
            if names is None or len({name.lower() for name in names}) < len(names):
                raise cannot(_KEY, "`*` has one name twice")
            edits.append(query.edit(item, ", ".join(map(quoted, names))))
    return edits


def _reference(
    query: Query,
    select: Select,
    number: int,
    keys: dict[str, tuple[str, ...]],
    apart: set[tuple[str, str]],
    columns: dict[str, tuple[str, ...]],
) -> str | None:
    """What stands for `table.key` or `table.*` at a token; None where nothing is to be done."""
    table, own = query.tokens[number].text, keys.get(query.tokens[number].text.lower(), ())
    name = table.lower()

    def column(key: str) -> str:
        if key.lower() not in own:
            return f"{quoted(table)}.{quoted(key)}"
        if (name, key.lower()) in apart:
            return f"{quoted(table)}.{_own_key(name, key.lower())}"
        return quoted(key)

    if query.kind(number + 2) is TokenType.STAR:
        if not own or not any(one.first == number for one in select.items):
            return None
        return ", ".join(f"{column(one)} as {quoted(one)}" for one in columns[name])
    key = query.tokens[number + 2].text
    if key.lower() not in own:
        return None
    listed = any(one == Range(number, number + 3) for one in select.items)
    return f"{column(key)} as {quoted(key)}" if listed else column(key)
