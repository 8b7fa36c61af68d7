"""Writes a query for Sail: one clause after another, inner queries first."""

from __future__ import annotations

import re
from collections import Counter

from sqlglot.errors import SqlglotError

from plait.engines.sail.syntax.clauses import Query, edited
from plait.engines.sail.syntax.conditions import like_any, own_aliases, qualify
from plait.engines.sail.syntax.grouping import (
    distribution,
    from_first,
    group_by_all,
    grouping_sets,
    order_by_all,
)
from plait.engines.sail.syntax.rule import Ask, Rule
from plait.engines.sail.syntax.sources import lateral_where, pivoted, sampled_rows, unpivoted
from plait.engines.sail.syntax.stars import joined_keys, star_except
from plait.lang.sqltext import code_of

_MOST_EDITS = 100

# The word by which a text shows that a rule may be about it.
_RULES: tuple[tuple[str, Rule], ...] = (
    (r"\bfrom\b", from_first),
    (r"\bpivot\b", pivoted),
    (r"\bunpivot\b", unpivoted),
    (r"\btablesample\b", sampled_rows),
    (r"\blateral\s+view\b", lateral_where),
    (r"\b(?:using|natural)\b", joined_keys),
    (r"\bexcept\s*\(", star_except),
    (r"\bi?like\s+(?:any|some|all)\b", like_any),
    (r"\bgrouping\s+sets\b", grouping_sets),
    (r"\b(?:distribute|cluster)\s+by\b", distribution),
    (r"\bqualify\b", qualify),
    (r"\bgroup\s+by\s+all\b", group_by_all),
    (r"\border\s+by\s+all\b", order_by_all),
)
_WORDS = [(re.compile(word, re.IGNORECASE), rule) for word, rule in _RULES]
_FROM_FIRST = re.compile(r"(?:^|[(;,)]|\bas|\bunion|\ball|\bexcept|\bintersect)\s*from\b", re.I)
_ALIAS = re.compile(r"(?:\bas|[\w)\]])\s+(\w+)(?=\s*(?:,|\bfrom\b|$))", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def known_to_sail(sql: str, ask: Ask) -> str:
    """`sql` with clauses that Sail has, and the same answer.

    ask: the columns of a query that Sail understands. Raises CapabilityError for a clause that
    Sail does not know and that cannot be written otherwise.
    """
    rules = _rules_for(code_of(sql, "_"))
    for _ in range(_MOST_EDITS if rules else 0):
        changed = _once(sql, rules, ask)
        if changed is None:
            return sql
        sql = changed
    return sql


def _rules_for(code: str) -> list[Rule]:
    """The rules that may have something to do in a text."""
    found: list[Rule] = []
    for word, rule in _WORDS:
        if (_FROM_FIRST if rule is from_first else word).search(code):
            found.append(rule)
    names = {name.lower() for name in _ALIAS.findall(code)}
    if names:
        uses = Counter(word.lower() for word in _WORD.findall(code))
        if any(uses[name] > 1 for name in names):
            found.append(own_aliases)
    return found


def _once(sql: str, rules: list[Rule], ask: Ask) -> str | None:
    """`sql` after the first rule that changes it; None where none does."""
    try:
        query = Query(sql)
    except SqlglotError:
        return None
    for select in query.selects:
        for rule in rules:
            if edits := rule(query, select, ask):
                return edited(sql, edits)
    return None
