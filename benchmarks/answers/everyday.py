"""Five hundred queries as people write them every day, over nine small tables made up for them.

The queries stand in `benchmarks/everyday`, a file for each topic; a blank line ends one, and what
stands before its last statement prepares it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

QUERIES = Path(__file__).parent.parent / "everyday"
_SEED = 7
_FIRST_DAY = date(2024, 1, 1)
_FIRST_MOMENT = datetime(2024, 1, 1, tzinfo=UTC)
_COUNTRIES = {
    "DE": ["Berlin", "Hamburg", "München", "Darmstadt"],
    "AT": ["Wien", "Salzburg"],
    "FR": ["Paris", "Thionville", "Nîmes"],
    "JP": ["東京", "大阪"],
    "US": ["Austin", "Boston", "Pittsburgh"],
}
_FIRST_NAMES = ["Ana", "Björn", "Chloé", "Dmitri", "Émile", "Fatima", "Greta", "Hiroshi", "Inês"]
_LAST_NAMES = ["Müller", "Groß", "Tanaka", "Silva", "Novák", "Martin", "Smith", "O'Neil", "Weiß"]
_ADJECTIVES = ["Pro", "Mini", "Classic", "Ultra", "Basic", "Smart"]
_THINGS = {"Books": "Atlas", "Toys": "Robot", "Kitchen": "Pan", "Garden": "Rake", "Office": "Lamp"}


def queries() -> Iterator[tuple[str, str, str]]:
    """Name, what prepares it, and the query."""
    for file in sorted(QUERIES.glob("*.sql")):
        blocks = file.read_text("utf-8").strip().split("\n\n")
        for number, block in enumerate(blocks, start=1):
            *before, query = block.strip().removesuffix(";").split(";\n")
            yield f"{file.stem}-{number}", "".join(f"{one};\n" for one in before), query


def write_tables(folder: Path, _scale: float) -> None:
    """Write the tables as Parquet; they are of one size."""
    import pyarrow as pa
    from pyarrow import parquet

    for name, rows in _TABLES.items():
        made = list(rows(Random(_SEED)))
        parquet.write_table(pa.Table.from_pylist(made, _schema(name)), folder / f"{name}.parquet")


def _maybe(random: Random, value: Any, share: float = 0.06) -> Any:
    """The value, or null in a share of the rows."""
    return None if random.random() < share else value


def _money(random: Random, most: int, digits: int = 2) -> Decimal:
    return Decimal(random.randrange(100, most * 10**digits)).scaleb(-digits)


def _customers(random: Random) -> Iterator[dict[str, Any]]:
    for number in range(1, 201):
        country = random.choice(list(_COUNTRIES))
        first, last = random.choice(_FIRST_NAMES), random.choice(_LAST_NAMES)
        mail = f"{first}.{number % 90}@{random.choice(['mail.example.org', 'shop.example.com'])}"
        tags = random.sample(["vip", "new", "loyal", "trial"], random.randrange(4))
        yield {
            "customer_id": number,
            "name": f"{first} {last}",
            "email": _maybe(random, mail if number % 7 else f" {mail.upper()} "),
            "country": _maybe(random, country, 0.03),
            "city": _maybe(random, random.choice(_COUNTRIES[country])),
            "signup_date": _FIRST_DAY + timedelta(days=random.randrange(-300, 180)),
            "birth_date": _maybe(random, date(1950, 3, 1) + timedelta(random.randrange(20_000))),
            "segment": random.choice(["gold", "silver", "bronze"]),
            "phone": _maybe(random, f"+49 ({random.randrange(30, 99)}) 555-{number:04}"),
            "credit_limit": _maybe(random, _money(random, 9_000)),
            "is_active": _maybe(random, random.random() < 0.7),
            "tags": _maybe(random, tags),
            "attributes": _maybe(
                random, {"plan": random.choice("SML"), "source": f"ad{number % 4}"}
            ),
        }


def _products(random: Random) -> Iterator[dict[str, Any]]:
    for number in range(1, 61):
        category = random.choice(list(_THINGS))
        price = _money(random, 200)
        yield {
            "product_id": number,
            "name": f"{random.choice(_ADJECTIVES)} {_THINGS[category]} {number % 20}",
            "category": category,
            "price": price,
            "cost": _maybe(random, (price * 6 / 10).quantize(Decimal("0.01"))),
            "weight_kg": _maybe(random, round(random.random() * 20, 3)),
            "dims": _maybe(
                random, {side: random.random() for side in ("width", "height", "depth")}
            ),
            "tags": random.sample(["sale", "green", "import"], random.randrange(3)),
        }


def _orders(random: Random) -> Iterator[dict[str, Any]]:
    for number in range(1, 1_501):
        created = _FIRST_MOMENT + timedelta(seconds=random.randrange(-200 * 86_400, 180 * 86_400))
        shipped = created + timedelta(minutes=random.randrange(60, 10_000))
        items = [
            {
                "product_id": random.randrange(1, 61),
                "quantity": random.randrange(1, 8),
                "price": _money(random, 200),
            }
            for _ in range(random.randrange(4))
        ]
        yield {
            "order_id": number,
            "customer_id": random.randrange(1, 206),
            "order_date": created.date(),
            "created_at": created,
            "shipped_at": _maybe(random, shipped, 0.3),
            "status": random.choice(
                ["paid", "paid", "shipped", "shipped", "returned", "cancelled"]
            ),
            "channel": _maybe(random, random.choice(["web", "app", "store"]), 0.03),
            "amount": _maybe(random, _money(random, 2_000), 0.02),
            "coupon": _maybe(random, random.choice(["SPRING", "VIP10"]), 0.7),
            "items": _maybe(random, items, 0.02),
        }


def _order_items(random: Random) -> Iterator[dict[str, Any]]:
    for order in range(1, 1_501):
        for line in range(1, random.randrange(2, 5)):
            yield {
                "order_id": order,
                "line_no": line,
                "product_id": random.randrange(1, 58),
                "quantity": random.randrange(1, 8),
                "unit_price": _money(random, 200),
                "discount": Decimal(random.choice([0, 0, 50, 100, 125])).scaleb(-3),
            }


def _events(random: Random) -> Iterator[dict[str, Any]]:
    kinds = ["view"] * 6 + ["cart", "cart", "purchase", "search"]
    for number in range(1, 2_501):
        kind, user = random.choice(kinds), random.randrange(1, 151)
        moment = _FIRST_MOMENT + timedelta(seconds=random.randrange(40 * 86_400))
        about: dict[str, Any] = {"page": f"/p/{random.randrange(60)}"}
        if random.random() < 0.4:
            about["campaign"] = random.choice(["spring", "sommer", "été"])
        if kind in ("cart", "purchase"):
            total = random.randrange(100, 9_999) / 100
            about["cart"] = {"items": random.randrange(1, 6), "total": total}
        yield {
            "event_id": number,
            "user_id": user,
            "event_type": kind,
            "event_time": moment,
            "session_id": _maybe(random, f"s{user}-{moment.day}"),
            "device": _maybe(random, random.choice(["mobile", "desktop", "tablet"])),
            "duration_ms": _maybe(random, random.randrange(20, 90_000)),
            "revenue": random.randrange(500, 90_000) / 100 if kind == "purchase" else None,
            "properties": _maybe(random, json.dumps(about, ensure_ascii=False), 0.02),
        }


def _weblogs(random: Random) -> Iterator[dict[str, Any]]:
    agents = ["Mozilla/5.0 Firefox/128.0", "Mozilla/5.0 Chrome/126.0 Safari/537.36", "curl/8.5.0"]
    for _ in range(800):
        moment = _FIRST_MOMENT + timedelta(seconds=random.randrange(3 * 86_400))
        stamp = moment.strftime("%d/%b/%Y:%H:%M:%S")
        host, status = f"10.0.0.{random.randrange(40)}", random.choice([200] * 7 + [301, 404, 500])
        path = random.choice(
            ["/", "/cart", "/checkout/pay", "/search?q=lampe&page=2", "/p/17?ref=a"]
        )
        size = random.randrange(0, 90_000)
        method = random.choice(["GET", "GET", "GET", "POST"])
        source = random.choice(["google", "newsletter"])
        yield {
            "line": f'{host} - - [{stamp}] "{method} {path} HTTP/1.1" {status} {size}',
            "host": host,
            "ts": stamp,
            "status": status,
            "bytes": _maybe(random, size),
            "url": f"https://shop.example.org{path}" if random.random() < 0.5 else path,
            "referrer": _maybe(random, f"https://a.example.net/x?utm_source={source}&n=1", 0.3),
            "user_agent": _maybe(random, random.choice(agents)),
        }


def _readings(random: Random) -> Iterator[dict[str, Any]]:
    for number in range(1_600):
        yield {
            "sensor_id": f"s-{number % 8:02}",
            "measured_at": _FIRST_MOMENT
            + timedelta(minutes=15 * (number // 8), seconds=number % 8),
            "temperature": _maybe(random, round(random.gauss(15, 8), 2)),
            "humidity": _maybe(random, round(random.random() * 100, 1)),
            "status": random.choice([0, 0, 0, 0, 1, 2]),
        }


def _employees(random: Random) -> Iterator[dict[str, Any]]:
    skills = ["sql", "python", "excel", "spark", "R"]
    for number in range(1, 81):
        name = f"{random.choice(_FIRST_NAMES)} {random.choice(_LAST_NAMES)}"
        chosen = random.sample(skills, random.randrange(1, 4))
        yield {
            "emp_id": number,
            "name": name,
            "department": _maybe(random, random.choice(["Sales", "IT", "HR", "Forschung"])),
            "manager_id": None if number == 1 else random.randrange(1, max(2, number // 3)),
            "hired_on": date(2010, 1, 1) + timedelta(days=30 * random.randrange(170)),
            "salary": _maybe(random, _money(random, 9_000), 0.02),
            "bonus": _maybe(random, Decimal(random.randrange(0, 900)), 0.3),
            "rating": _maybe(random, random.randrange(10, 51) / 10),
            "skills": _maybe(random, ", ".join(chosen)),
        }


def _transactions(random: Random) -> Iterator[dict[str, Any]]:
    rates = {"EUR": Decimal(1), "USD": Decimal("0.921400"), "JPY": Decimal("0.006143")}
    for number in range(1, 1_201):
        currency, kind = (
            random.choice(list(rates)),
            random.choice(["salary", "card", "card", "fee"]),
        )
        amount = _money(random, 1_500)
        yield {
            "tx_id": f"T{number:06}",
            "account_id": random.randrange(1, 41),
            "booked_at": _FIRST_MOMENT + timedelta(seconds=random.randrange(90 * 86_400)),
            "amount": amount if kind == "salary" else -amount,
            "currency": currency,
            "fx_rate": rates[currency],
            "kind": kind,
            "merchant": _maybe(random, random.choice(["Café Zoë", "Bäckerei", "Book & Co"]), 0.2),
        }


_TABLES: dict[str, Callable[[Random], Iterator[dict[str, Any]]]] = {
    "customers": _customers,
    "products": _products,
    "orders": _orders,
    "order_items": _order_items,
    "events": _events,
    "weblogs": _weblogs,
    "readings": _readings,
    "employees": _employees,
    "transactions": _transactions,
}


def _schema(name: str) -> Any:
    """The columns of a table with their types, as Arrow has them."""
    import pyarrow as pa

    text, whole, long, real, day = pa.string(), pa.int32(), pa.int64(), pa.float64(), pa.date32()
    moment, money = pa.timestamp("us", "UTC"), pa.decimal128(10, 2)
    item = pa.struct({"product_id": whole, "quantity": whole, "price": money})
    dims = pa.struct({"width": real, "height": real, "depth": real})
    columns: dict[str, dict[str, Any]] = {
        "customers": {
            "customer_id": long, "name": text, "email": text, "country": text, "city": text,
            "signup_date": day, "birth_date": day, "segment": text, "phone": text,
            "credit_limit": money, "is_active": pa.bool_(), "tags": pa.list_(text),
            "attributes": pa.map_(text, text),
        },
        "products": {
            "product_id": whole, "name": text, "category": text, "price": money, "cost": money,
            "weight_kg": real, "dims": dims, "tags": pa.list_(text),
        },
        "orders": {
            "order_id": long, "customer_id": long, "order_date": day, "created_at": moment,
            "shipped_at": moment, "status": text, "channel": text, "amount": pa.decimal128(12, 2),
            "coupon": text, "items": pa.list_(item),
        },
        "order_items": {
            "order_id": long, "line_no": whole, "product_id": whole, "quantity": whole,
            "unit_price": money, "discount": pa.decimal128(4, 3),
        },
        "events": {
            "event_id": long, "user_id": long, "event_type": text, "event_time": moment,
            "session_id": text, "device": text, "duration_ms": whole, "revenue": real,
            "properties": text,
        },
        "weblogs": {
            "line": text, "host": text, "ts": text, "status": whole, "bytes": long, "url": text,
            "referrer": text, "user_agent": text,
        },
        "readings": {
            "sensor_id": text, "measured_at": moment, "temperature": real, "humidity": real,
            "status": whole,
        },
        "employees": {
            "emp_id": whole, "name": text, "department": text, "manager_id": whole,
            "hired_on": day, "salary": money, "bonus": pa.decimal128(8, 2), "rating": real,
            "skills": text,
        },
        "transactions": {
            "tx_id": text, "account_id": whole, "booked_at": moment,
            "amount": pa.decimal128(18, 2), "currency": text, "fx_rate": pa.decimal128(12, 6),
            "kind": text, "merchant": text,
        },
    }  # fmt: skip
    return pa.schema(list(columns[name].items()))
