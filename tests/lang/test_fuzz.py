"""Whatever is done to a script, parsing ends in statements or in an error of plait."""

from __future__ import annotations

import random

import pytest

from plait.errors import PlaitError, ScriptErrors
from plait.lang.parser import parse

SCRIPT = """\ufeff-- a comment
set day = "2013-01-${x}" where type="defaultParam";
set spark.sql.shuffle.partitions = 4 where type="conf";
set code = '''
import ray  # don't; "stop"
print("\\${x}")
''';
load csv.`/data/${day}` where header="true" and `a.b`='x\\'y' and c.d='''z''' as raw;
load hive.`db1`.table1 as other;
/* block ; ' */ select a, 'x;y' as s, "q" -- why
from raw join other using (`i d`) as joined;
with w as (select 1 as a) select * from w as ${x}_t;
create table db1.t as select * from joined;
save overwrite joined as parquet.`/out` where compression="snappy" partitionBy a, `b c`;
train joined as PythonAlg.`/m` where scripts="code" and fitParam.0.n=2 as r;
predict joined as PythonAlg.`/m` as p;
!show tables; !show models `/m`; !desc p; !profile p; !lastCommand named q;
"""
PIECES = [
    *"'\"`;,.=-/*!(){}$\\ \n\r\t\0\ufeff；é𝄞\u2028\x85",
    "'''", "--", "/*", "*/", "${", "${x}", "\\${", " as ", " where ", " and ", "select ", "load ",
    "set ", "1e", "-.5", "partitionBy", "with ", "insert ", "\r\n", "\udc80", "r'", "/*+",
]  # fmt: skip


def mutate(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 1, 3, 40)))
        other = chance.randrange(len(text) + 1)
        match chance.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1 | 2:
                text = text[:start] + chance.choice(PIECES) + text[end:]
            case 3:
                text = text[:start] + text[other : other + 60] + text[start:]
            case _:
                text = text[:other] if chance.random() < 0.1 else text.replace(";", "", 1)
    return text


def check(text: str) -> bool:
    try:
        parse(text, "s.mlsql", {"x": "y"})
    except PlaitError as error:
        assert error.render()
        for part in error.errors if isinstance(error, ScriptErrors) else (error,):
            assert part.span is not None
            assert part.span.line >= 1
            assert 1 <= part.span.column <= len(part.span.text) + 2
            assert part.span.length >= 1
        return False
    return True


def test_the_script_itself_is_right() -> None:
    assert check(SCRIPT)


@pytest.mark.parametrize("seed", range(6))
def test_mutations(seed: int) -> None:
    chance = random.Random(seed)
    right = sum(check(mutate(SCRIPT, chance)) for _ in range(250))
    assert 0 < right < 250


def test_noise() -> None:
    chance = random.Random(7)
    for _ in range(400):
        check("".join(chance.choices(PIECES, k=chance.randint(0, 40))))


def test_every_beginning_of_the_script() -> None:
    for end in range(0, len(SCRIPT), 2):
        check(SCRIPT[:end])
